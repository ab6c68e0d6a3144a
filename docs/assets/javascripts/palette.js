"use strict";

// The scheme that the reader chose, or else the system's, before any of the page is seen: the theme's own script comes
// at its end, after a flash of light pictures.
{
  const color = __md_get("__palette")?.color ?? { media: "(prefers-color-scheme)" };
  // Of a browser's own frame around the page the theme keeps the colour, of the scheme that was chosen; those of the
  // system's schemes, which the page names, would count before it.
  const named = document.querySelectorAll('meta[name="theme-color"][media]');
  const leave = () => named.forEach((each) => each.remove());
  document.addEventListener("change", ({ target }) => target.name === "__palette" && leave());
  if (color.media === "(prefers-color-scheme)") {
    const wanted = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    const option = document.querySelector(`[data-md-color-media="(prefers-color-scheme: ${wanted})"]`);
    for (const name of option ? ["media", "scheme", "primary", "accent"] : []) {
      color[name] = option.getAttribute(`data-md-color-${name}`);
    }
  } else {
    leave();
  }
  for (const [name, value] of Object.entries(color)) document.body.setAttribute(`data-md-color-${name}`, value);
}
