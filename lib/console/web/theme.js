// Runs before the page is painted, so that nothing flashes in the wrong colours.
{
  const chosen = localStorage.getItem("theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
}
