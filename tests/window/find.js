// Finds what a person could find: elements with an ARIA role, in sight and not behind a layer,
// whose words could make up the wanted accessible name (the engine judges the name itself).
// Holds no class and no id.
const [role, words, root] = arguments;
const BY_ROLE = {
  button: "button:not([role]),[role=button],summary",
  link: "a[href]:not([role]),[role=link]",
  textbox: "input:not([type]):not([role]),input[type=text]:not([role]),input[type=password]:not([role]),textarea:not([role]),[role=textbox]",
  searchbox: "input[type=search]:not([role]),[role=searchbox]",
  combobox: "[role=combobox],select",
  checkbox: "[role=checkbox],input[type=checkbox]:not([role])",
  radio: "[role=radio],input[type=radio]:not([role])",
  heading: "h1,h2,h3,h4,[role=heading]",
  dialog: "[role=dialog],dialog",
  row: "[role=row],tr",
  list: "ul:not([role]),ol:not([role]),[role=list]",
  listitem: "li:not([role]),[role=listitem]",
  navigation: "nav,[role=navigation]",
  main: "main,[role=main]",
  table: "table,[role=table]",
};
const text = (value) => (value ?? "").replace(/\s+/g, " ").trim();
const named = (element) =>
  (element.getAttribute("aria-labelledby") ?? "")
    .split(/\s+/)
    .map((id) => document.getElementById(id)?.textContent ?? "")
    .join(" ");
const labels = (element) => [...(element.labels ?? [])].map((label) => label.textContent).join(" ");
const seen = (element) =>
  element.closest("[aria-hidden=true],[inert]") === null &&
  element.checkVisibility({ visibilityProperty: true });
const may = (element) =>
  text(
    [
      element.getAttribute("aria-label"),
      named(element),
      labels(element),
      element.closest("label")?.textContent,
      element.textContent,
      element.getAttribute("placeholder"),
      element.getAttribute("title"),
    ].join(" "),
  ).includes(text(words));
return [...(root ?? document).querySelectorAll(BY_ROLE[role] ?? `[role=${role}]`)].filter(
  (element) => seen(element) && may(element),
);
