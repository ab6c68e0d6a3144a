"use strict";

// Of tabs, those are open from the start that the reader opened elsewhere, and the one that the address names.
{
  const opened = ("linked" in document.currentScript.dataset && __md_get("__tabs")) || [];
  for (const set of document.querySelectorAll(".tabbed-set")) {
    const labels = [...set.querySelectorAll(":scope > .tabbed-labels > label")];
    const chosen = opened.map((name) => labels.find((label) => label.innerText.trim() === name)).find(Boolean);
    if (chosen) document.getElementById(chosen.htmlFor).checked = true;
  }
  const named = document.getElementById(location.hash.slice(1));
  if (named?.name?.startsWith("__tabbed_")) named.checked = true;
}
