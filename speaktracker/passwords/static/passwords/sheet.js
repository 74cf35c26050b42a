/** The buttons of the sheet: the content security policy allows no script in the page. */
for (const button of document.querySelectorAll(".print")) button.addEventListener("click", () => window.print());

// Both languages are there: to load the page anew would lose the codes.
document.getElementById("language").addEventListener("click", () => {
  document.documentElement.lang = document.documentElement.lang === "ko" ? "en" : "ko";
});
