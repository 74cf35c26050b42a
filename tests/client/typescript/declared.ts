/** Compiles only while the modules have everything that index.d.ts declares; `written` is made of them by tsc. */
import type * as declared from "speaktracker-client";
import type * as written from "./written/index.js";

type Instance<Class> = Class extends abstract new (...given: never) => infer Made ? Made : never;
type Missing<From, In> = Exclude<keyof From, keyof In>;
type Nothing<Names extends never> = Names;

export type Exports = Nothing<Missing<typeof declared, typeof written> | Missing<typeof written, typeof declared>>;
export type Client = Nothing<Missing<declared.ClassroomClient, written.ClassroomClient> | Missing<written.ClassroomClient, declared.ClassroomClient>>;
export type Failure = Nothing<Missing<declared.ClassroomError, written.ClassroomError>>;
export type SignIn = Nothing<Missing<declared.KeptSignIn, written.KeptSignIn> | Missing<written.KeptSignIn, declared.KeptSignIn>>;
export type Value = Nothing<Missing<declared.KeptValue, written.KeptValue> | Missing<written.KeptValue, declared.KeptValue>>;
export type State = Nothing<Missing<declared.Board, written.Board> | Missing<written.Board, declared.Board>>;
