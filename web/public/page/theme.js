// Before the first paint, so that a chosen theme never flashes the other one. A file, because the page allows no inline
// scripts. src/app/theme.ts writes the choice.
try {
  const theme = localStorage.getItem("photochrom.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage is blocked: the system's theme applies.
}
