// Notes what a person would only see in the engine's console, and every answer that reaches the page
// over IPC, so that tests can look at them. Changes nothing that the page does.
if (window.__latchkeySeen !== undefined) return;
const seen = { violations: [], errors: [], answers: [] };
Object.defineProperty(window, "__latchkeySeen", { value: seen });
document.addEventListener("securitypolicyviolation", (event) => {
  seen.violations.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
});
window.addEventListener("error", (event) => seen.errors.push(`error: ${event.message}`));
window.addEventListener("unhandledrejection", (event) => seen.errors.push(`rejection: ${String(event.reason)}`));
for (const level of ["error", "warn"]) {
  const real = console[level];
  console[level] = (...words) => {
    seen.errors.push(`${level}: ${words.map(String).join(" ")}`);
    real.apply(console, words);
  };
}
// Tauri's IPC is a fetch to a scheme of its own.
const real = window.fetch;
window.fetch = async (resource, options) => {
  const response = await real(resource, options);
  const copy = response.clone();
  const url = typeof resource === "string" ? resource : (resource.url ?? String(resource));
  void copy.text().then((text) => seen.answers.push({ url, text }));
  return response;
};
