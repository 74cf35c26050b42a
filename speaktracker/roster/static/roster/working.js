/** Shows that a form is being carried out, and keeps it from being sent twice. */
for (const form of document.querySelectorAll("form[data-working]")) {
  const buttons = form.querySelector(".submit-row");
  const label = document.createElement("label");
  label.append(`${form.dataset.working} `, document.createElement("progress"));
  const working = document.createElement("p");
  working.setAttribute("role", "status");
  form.append(working);
  form.addEventListener("submit", () => {
    // Hidden, not taken away: the button that was pressed belongs to what is sent.
    buttons.classList.add("roster-sent");
    working.append(label);
  });
  // Of a page that the browser kept, the form is there to be sent once more.
  addEventListener("pageshow", () => {
    buttons.classList.remove("roster-sent");
    label.remove();
  });
}
