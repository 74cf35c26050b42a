/** Reads an AsyncAPI document from stdin with AsyncAPI's own parser, the module of the first argument, and prints what it finds wrong. */
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";

const { Parser } = (await import(pathToFileURL(process.argv[2]))).default;
const { document, diagnostics } = await new Parser().parse(await text(process.stdin));
const wrong = diagnostics.filter(({ severity }) => severity < 2); // errors and warnings
console.log(wrong.map(({ path, message }) => `${path.join(".")}: ${message}`).join("\n") || (document ? "valid" : "nothing"));
