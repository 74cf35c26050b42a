/** Types of the SpeakTracker client; what each part does is described in docs/client.md. */

export type Role = "student" | "tutor";
export type Status = "studying" | "idle" | "paused" | "finished";
export type MessageType = "text" | "tts";
export type FeedbackState = "queued" | "delivered" | "seen" | "played";
export type LeaveReason = "finished" | "disconnected" | "removed";
export type HelpState = "asked" | "seen" | "answered" | "withdrawn";
/** A moment as ISO 8601, UTC, with milliseconds and Z. */
export type Moment = string;

// What the server sends. tests/client compares the fields with the server's own.

export interface ConnectionSuccess {
  type: "connection_success";
  connection_id: string;
  timestamp: Moment;
  user_email: string;
  user_type: Role;
  tutor_email?: string;
  tutor_name?: string;
  heartbeat_seconds: number;
}

export interface ConnectionError {
  type: "connection_error";
  code: string;
  message: string;
  timestamp: Moment;
  original_message_id?: string;
  retry_after_ms?: number;
}

export interface MessageError {
  type: "message_error";
  code: string;
  original_message_id?: string;
  message: string;
  timestamp: Moment;
  path?: string;
  queued?: boolean;
  retry_after_ms?: number;
}

export interface Timeout {
  type: "timeout";
  code: string;
  message: string;
  timestamp: Moment;
}

export interface TokenExpired {
  type: "token_expired";
  timestamp: Moment;
  closes_at: Moment;
}

export interface Ack {
  type: "ack";
  message_id: string;
}

export interface Pong {
  type: "pong";
  timestamp: Moment;
}

export interface HelpData {
  asked_at: Moment;
  note: string;
  seen_at: Moment | null;
}

export interface LastFeedback {
  message_id: string;
  state: FeedbackState;
  timestamp: Moment;
}

export interface LentBy {
  tutor_email: string;
  tutor_name: string;
  /** The last day, in the school's time zone: 2026-01-14. */
  until: string;
}

export interface StudentData {
  student_email: string;
  status: Status | null;
  current_sentence: string;
  progress: number;
  last_update: Moment | null;
  student_name: string;
  session_id: string | null;
  online: boolean;
  version: number;
  reason?: LeaveReason;
  status_since: Moment | null;
  progress_since: Moment | null;
  came_at?: Moment;
  help: HelpData | null;
  group: string;
  skipped?: number;
  lent_by?: LentBy;
  last_feedback?: LastFeedback | null;
}

export interface StudentFrame {
  type: "dashboard";
  action: "update" | "student_joined" | "student_left";
  target_tutor_email: string;
  data: StudentData;
}

export interface StudentsData {
  students: StudentData[];
  generated_at?: Moment;
}

export interface StudentsFrame {
  type: "dashboard";
  action: "broadcast_all" | "updates";
  target_tutor_email: string;
  data: StudentsData;
  part?: number;
  parts?: number;
}

export interface FeedbackFrame {
  type: "feedback";
  from: string;
  from_name?: string;
  student_email: string;
  session_id: string;
  message: string;
  message_type: MessageType;
  timestamp: Moment;
  message_id: string;
  audio_url?: string;
  speak?: boolean;
}

export interface FeedbackStatus {
  type: "feedback_status";
  message_id: string;
  student_email: string;
  state: FeedbackState;
  acknowledged: boolean;
  original_message_id?: string;
}

export interface HelpFrame {
  type: "help";
  state: HelpState;
  timestamp: Moment;
}

export type DashboardFrame = StudentFrame | StudentsFrame;

// What a client says.

export interface StatusReport {
  status: Status;
  session_id: string;
  current_sentence?: string;
  progress?: number;
  skipped?: number;
  done?: number;
}

export interface FeedbackToGive {
  student_email: string;
  session_id: string;
  message: string;
  message_type: MessageType;
  audio_url?: string | null;
  speak?: boolean;
  message_id?: string;
}

export interface OtherMessage {
  type: string;
  message_id?: string;
  [field: string]: unknown;
}

// The client.

/** As much of a WebSocket as the client uses; that of a browser, Node 22 or the package `ws` has it. */
export interface SocketLike {
  readonly readyState: number;
  onmessage: ((event: any) => void) | null;
  onclose: ((event: any) => void) | null;
  onerror: ((event: any) => void) | null;
  send(text: string): void;
  close(): void;
}

export interface ClientOptions {
  url?: string | null;
  token?: (() => string | Promise<string>) | null;
  acks?: boolean;
  batch?: boolean;
  lang?: "" | "ko" | "en";
  replyTimeout?: number;
  WebSocket?: new (address: string, protocols?: string[]) => SocketLike;
  random?: () => number;
}

export type ClientState = "idle" | "connecting" | "open" | "waiting" | "stopped";

export interface StateDetail {
  state: ClientState;
  code?: number | null;
  reason?: string;
  error?: ConnectionError | Error | null;
  retryAt?: number;
}

export interface ClientEvents {
  state: StateDetail;
  error: Error;
  ack: Ack;
  connection_error: ConnectionError;
  connection_success: ConnectionSuccess;
  dashboard: DashboardFrame;
  feedback: FeedbackFrame;
  feedback_status: FeedbackStatus;
  help: HelpFrame;
  message_error: MessageError;
  pong: Pong;
  timeout: Timeout;
  token_expired: TokenExpired;
}

export class ClassroomClient extends EventTarget {
  constructor(options?: ClientOptions);
  readonly state: ClientState;
  connect(): void;
  close(): void;
  now(): number;
  report(status: StatusReport | null): void;
  acknowledge(messageId: string, state: "seen" | "played"): void;
  refresh(): Promise<Ack>;
  giveFeedback(feedback: FeedbackToGive): Promise<FeedbackStatus | MessageError>;
  askForHelp(note?: string): Promise<Ack>;
  withdrawHelp(): Promise<Ack>;
  helpSeen(studentEmail: string): Promise<Ack>;
  request(message: OtherMessage): Promise<Ack | FeedbackStatus | MessageError>;
  addEventListener<Name extends keyof ClientEvents>(
    type: Name,
    listener: (event: CustomEvent<ClientEvents[Name]>) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(type: string, listener: any, options?: any): void;
}

/** Why a message failed: a code of the server, or TIMEOUT, DISCONNECTED, OFFLINE. */
export class ClassroomError extends Error {
  constructor(code: string, message: string, frame?: MessageError | null);
  code: string;
  frame: MessageError | null;
}

/** A new id for a message. */
export function newId(): string;

/** This release, as the server is told it. */
export const VERSION: string;

// Staying signed in with tokens.

export interface Tokens {
  access: string;
  refresh: string;
  expires_in: number;
}

export interface KeptTokens {
  refresh: string;
  key?: string;
}

export interface StorageLike {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

export type SignInStore =
  | { storage: StorageLike | "localStorage" | "sessionStorage"; name?: string }
  | { load: () => unknown; save: (state: KeptTokens) => unknown };

export class KeptSignIn {
  constructor(options: SignInStore & { url?: string; fetch?: typeof globalThis.fetch });
  begin(tokens: Tokens): Promise<void>;
  token: () => Promise<string>;
}

/** The sign-in is over: it was ended, or its seven days are. */
export class SignedOut extends Error {}

export class KeptValue<Value = unknown> {
  constructor(area: StorageLike | "localStorage" | "sessionStorage", key: string, isValid: (value: any) => boolean);
  read(): Value | null;
  write(value: Value): void;
  remove(): void;
}

// The state of a dashboard.

export class Board {
  readonly students: Map<string, StudentData>;
  readonly complete: boolean;
  readonly isCurrent: boolean;
  apply(frame: DashboardFrame): string[];
  advance(frame: FeedbackStatus): string[];
  interrupted(): void;
}

export type AttentionReason = "help" | "idle" | "stuck" | "paused" | "unvisited" | "none";

export interface AttentionMinutes {
  idle: number;
  stuck: number;
  paused: number;
  unvisited: number;
}

/** Why a student needs the tutor at `now` (epoch milliseconds of the server's clock), and since when. */
export function attention(
  student: StudentData,
  now: number,
  minutes?: AttentionMinutes,
): { reason: AttentionReason; since: Moment | null };

/** Whether a student is in class: online, and not finished. */
export function isInClass(student: StudentData): boolean;
