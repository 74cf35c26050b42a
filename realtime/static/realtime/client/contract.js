/**
 * What the contract with the server fixes, each value written as JSON.
 * tests/project/test_javascript_contract.py compares them with the server's own, by their names.
 */
export const SUBPROTOCOL = "speaktracker.v1";

export const STATUSES = ["studying", "idle", "paused", "finished"];
export const ACK_STATES = ["delivered", "seen", "played"];
export const MESSAGE_IDS_PER_ACK = 100;
export const SESSION_ID_LENGTH = 128;
export const HELP_NOTE_LENGTH = 200;

/** Close codes from here on mean "do not come back as you are". */
export const FIRST_FINAL_CLOSE_CODE = 4400;
export const CLOSE_CODES = { "TOO_MANY_CONNECTIONS": 4010, "TOO_MANY_MESSAGES": 4013, "INVALID_CREDENTIALS": 4401 };

/** Errors after which a status is worth another try. */
export const PASSING_ERRORS = ["RATE_LIMITED", "UNAVAILABLE"];
/** Errors of feedback that is stored all the same: an outcome to show, not a reason to send again. */
export const STORED_ERRORS = ["RECIPIENT_OFFLINE", "DELIVERY_FAILED"];
export const TUTOR_NOT_FOUND = "TUTOR_NOT_FOUND";
