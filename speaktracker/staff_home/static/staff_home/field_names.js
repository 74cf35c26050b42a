/** Names fields that Django's forms leave without a name for who hears the page: those in the rows of a table, and what stands in for a select that is searched. */

/** The words of its label, or of the column that it stands in. */
const nameOf = (field) => {
  const own = field.labels?.[0] ?? document.querySelector(`label[for="${field.id}"]`);
  const cell = field.closest(".tabular td");
  const head = cell?.closest("table").querySelectorAll("thead > tr > *")[cell.cellIndex];
  return (own ?? head)?.textContent.trim();
};

const nameAll = () => {
  for (const field of document.querySelectorAll(".tabular tbody :is(input:not([type=hidden]), select, textarea)")) {
    if (!field.labels?.length && !field.hasAttribute("aria-label")) field.setAttribute("aria-label", nameOf(field) ?? "");
  }
  // The heads of what has no words, such as the row's own name, which is hidden.
  for (const head of document.querySelectorAll(".tabular thead th")) {
    if (!head.textContent.trim()) head.setAttribute("role", "presentation");
  }
  for (const select of document.querySelectorAll("select.admin-autocomplete")) {
    const shown = select.nextElementSibling?.querySelectorAll("[role=combobox], [role=textbox], textarea, input") ?? [];
    for (const each of shown) each.setAttribute("aria-label", nameOf(select) ?? "");
  }
};

// After Django's own has made them, which waits for jQuery's turn too; rows are added later.
window.django?.jQuery?.(() => {
  nameAll();
  document.addEventListener("formset:added", () => setTimeout(nameAll));
});
