"use strict";
// Filters for the list below. State lives in the address (#rule=…&severity=…), so a filtered page can be sent on.
(() => {
  const form = document.getElementById("filters");
  if (!form) return;
  const issues = Array.from(document.querySelectorAll(".issue"));
  const keys = ["severity", "rule", "profile", "file"];
  const values = (issue, key) =>
    key === "profile" ? issue.dataset.profile.split(" ").filter(Boolean) : [issue.dataset[key]].filter(Boolean);

  for (const key of keys) {
    const counts = new Map();
    for (const issue of issues) for (const value of values(issue, key)) counts.set(value, (counts.get(value) || 0) + 1);
    const select = form.elements[key];
    select.append(new Option("all", ""));
    for (const value of Array.from(counts.keys()).sort()) select.append(new Option(`${value} (${counts.get(value)})`, value));
  }

  const apply = () => {
    const text = form.elements.text.value.toLowerCase();
    let shown = 0;
    for (const issue of issues) {
      const fits = keys.every((key) => !form.elements[key].value || values(issue, key).includes(form.elements[key].value));
      issue.hidden = !(fits && (!text || issue.textContent.toLowerCase().includes(text)));
      if (!issue.hidden) shown += 1;
    }
    document.getElementById("count").textContent = `${shown} of ${issues.length} shown`;
  };
  const remember = () => {
    const state = new URLSearchParams();
    for (const key of [...keys, "text"]) if (form.elements[key].value) state.set(key, form.elements[key].value);
    history.replaceState(null, "", `#${state}`);
  };
  const recall = () => {
    const state = new URLSearchParams(location.hash.slice(1));
    for (const key of [...keys, "text"]) form.elements[key].value = state.get(key) || "";
    apply();
  };

  form.addEventListener("input", () => { apply(); remember(); });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => { apply(); remember(); }));
  window.addEventListener("hashchange", recall);
  form.hidden = false;
  recall();
})();
