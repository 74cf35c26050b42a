import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { onEnter, onSubmit } from "../../../realtime/static/realtime/pages/submitting.js";

const KOREAN = 229; // the key code of every key that an input method takes

/** An event with the fields of a browser's. */
function event(type, fields = {}) {
  return Object.assign(new Event(type, { cancelable: true }), { isComposing: false, keyCode: 13, ...fields });
}
const enter = (fields = {}) => event("keydown", { key: "Enter", code: "Enter", ...fields });
const composed = { isComposing: true, keyCode: KOREAN };

/** A form of one field, which is the form itself here. */
function aForm() {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  const form = Object.assign(new EventTarget(), { submitted: 0, focused: [] });
  form.requestSubmit = () => form.dispatchEvent(event("submit"));
  form.blur = () => ["compositionend", "focusout"].forEach((type) => form.dispatchEvent(event(type)));
  form.focus = () => form.focused.push("again");
  const decision = onSubmit(form, () => (form.submitted += 1));
  const does = (...events) => events.forEach((each) => form.dispatchEvent(each)) || form.submitted;
  const passes = () => mock.timers.tick(0) || form.submitted;
  return { form, decision, does, passes };
}

test("Ctrl and Cmd with Enter submit, Enter alone does not", () => {
  const { does } = aForm();
  assert.equal(does(enter()), 0);
  assert.equal(does(enter({ ctrlKey: true })), 1);
  assert.equal(does(enter({ metaKey: true })), 2);
  assert.equal(does(event("keydown", { key: "a", ctrlKey: true })), 2);
});

for (const key of ["Enter", "Process"]) {
  test(`Ctrl+Enter ("${key}") while a syllable is composed submits once, after its end`, () => {
    const { does, passes } = aForm();
    assert.equal(does(event("compositionstart"), enter({ key, ctrlKey: true, ...composed })), 0);
    assert.equal(passes(), 0);
    assert.equal(does(event("compositionend")), 0);
    assert.equal(passes(), 1);
    assert.equal(passes(), 1);
  });
}

test("a key that is said again after the composition, as macOS does, submits no second time", () => {
  const { does, passes } = aForm();
  does(event("compositionstart"), enter({ ctrlKey: true, ...composed }), event("compositionend"));
  assert.equal(does(enter({ ctrlKey: true })), 1);
  assert.equal(passes(), 1);
});

test("Safari's key after the composition, 229 without isComposing, is the input method's", () => {
  const { does, passes } = aForm();
  does(event("compositionstart"), event("compositionend"), enter({ ctrlKey: true, keyCode: KOREAN }));
  assert.equal(passes(), 0);
  assert.equal(does(enter({ ctrlKey: true })), 1);
});

test("who writes on instead of ending the syllable has not decided", () => {
  const { does, passes } = aForm();
  does(event("compositionstart"), enter({ ctrlKey: true, ...composed }));
  does(event("keydown", { key: "Process", code: "KeyR", ...composed }), event("compositionend"));
  assert.equal(passes(), 0);
});

test("letting go of and pressing Ctrl again decides nothing else", () => {
  const { does, passes } = aForm();
  does(event("compositionstart"), enter({ ctrlKey: true, ...composed }));
  does(event("keydown", { key: "Process", code: "ControlLeft", ...composed }), event("compositionend"));
  assert.equal(passes(), 1);
});

test("an input method that leaves the syllable open is ended by a second Ctrl+Enter", () => {
  const { form, does, passes } = aForm();
  const press = () => enter({ ctrlKey: true, ...composed });
  assert.equal(does(event("compositionstart"), press(), press()), 0);
  assert.equal(passes(), 1);
  assert.deepEqual(form.focused, ["again"]);
});

test("where keys say 229 alone, a composition that has not ended is waited for as well", () => {
  const { does, passes } = aForm();
  assert.equal(does(event("compositionstart"), enter({ ctrlKey: true, keyCode: KOREAN })), 0);
  does(event("compositionend"));
  assert.equal(passes(), 1);
});

test("a button that leaves the syllable open ends it when it is pressed again", () => {
  const { does, passes } = aForm();
  assert.equal(does(event("compositionstart"), event("submit"), event("submit")), 0);
  assert.equal(passes(), 1);
});

test("a form that turns to something else submits first what was asked for", () => {
  const { decision, does, passes } = aForm();
  does(event("compositionstart"), enter({ ctrlKey: true, ...composed }));
  decision.conclude();
  assert.equal(does(), 1);
  assert.equal(passes(), 1);
});

test("a form that turns to something else while nothing was asked for submits nothing", () => {
  const { decision, does, passes } = aForm();
  does(event("compositionstart"));
  decision.conclude();
  assert.equal(passes(), 0);
});

test("a submit by other ways waits for the syllable as well", () => {
  const { does, passes } = aForm();
  assert.equal(does(event("compositionstart"), event("submit")), 0);
  does(event("compositionend"));
  assert.equal(passes(), 1);
});

test("a composition whose end no browser told holds no submit up", () => {
  const { does, passes } = aForm();
  assert.equal(does(event("compositionstart"), event("focusout"), event("submit")), 1);
  does(event("compositionstart"), event("submit"), event("focusout"));
  assert.equal(passes(), 2);
});

test("Enter that confirms a word in an <input> submits nothing", () => {
  const { form, does } = aForm();
  form.tagName = "INPUT";
  const keys = [enter(composed), enter({ keyCode: KOREAN }), enter()];
  does(...keys);
  assert.deepEqual(keys.map(({ defaultPrevented }) => defaultPrevented), [true, true, false]);
});

test("Enter in a field alone acts but for the input method's", () => {
  const field = new EventTarget();
  let acted = 0;
  onEnter(field, () => (acted += 1));
  for (const key of [enter(composed), enter({ keyCode: KOREAN }), event("keydown", { key: "a" })]) field.dispatchEvent(key);
  assert.equal(acted, 0);
  field.dispatchEvent(enter());
  assert.equal(acted, 1);
});
