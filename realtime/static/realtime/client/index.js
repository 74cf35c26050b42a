/** Everything of the client that other teams take, under one name: see index.d.ts and docs/client.md. */
export { attention, isInClass } from "./attention.js";
export { KeptValue } from "./browser_storage.js";
export { ClassroomClient, ClassroomError, newId } from "./client.js";
export { Board } from "./dashboard_state.js";
export { KeptSignIn, SignedOut } from "./kept_sign_in.js";
export { VERSION } from "./version.js";
