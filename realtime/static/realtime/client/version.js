/** Which release of the client this is: said to the server at each connect, and in package.json. */
export const VERSION = "1.0.0";
