"use strict";

/**
 * The navigation of a narrow window, in which a page that is zoomed in lies too: with the keyboard, and for who does not
 * see it. What opens and closes its parts are labels of the theme's: each gets a button, with a name and a state.
 */
{
  const NARROW = matchMedia("(max-width: 76.234375em)"); // where the theme puts the navigation into a drawer
  const opener = () => document.querySelector(".md-header__button[for=__drawer] > button");
  const sidebar = () => document.querySelector(".md-sidebar--primary");
  const drawer = () => document.querySelector("#__drawer");

  function addButton(label, name) {
    const toggle = label.control;
    const turn = (event) => {
      event.preventDefault(); // the label would turn it over once more
      toggle.click();
    };
    const button = gd.element("button", { type: "button", className: "gd-toggle", onclick: turn }, ...label.childNodes);
    const say = () => button.setAttribute("aria-expanded", toggle.checked);
    if (!button.textContent.trim()) button.setAttribute("aria-label", name);
    toggle.addEventListener("change", say);
    say();
    label.removeAttribute("tabindex");
    label.append(button);
  }

  function setUp() {
    const way = document.querySelector(".md-nav--primary");
    if (!way || !drawer()) return;
    if (!opener()) addButton(document.querySelector(".md-header__button[for=__drawer]"), way.ariaLabel);
    for (const label of way.querySelectorAll("label:is(.md-nav__link, .md-nav__title):not([for=__drawer])")) {
      // In a wide window the part that one is in stands open for good, and its title is no button.
      const isButton = NARROW.matches || !label.matches(".md-nav__item--section > *"), button = label.querySelector("button");
      if (isButton && !button) addButton(label, label.parentElement.querySelector("a")?.textContent.trim());
      if (!isButton && button) button.replaceWith(...button.childNodes);
    }
  }
  NARROW.addEventListener("change", setUp);
  gd.eachPage(setUp);

  /** The first of what can be reached in the part of the navigation that is seen. */
  const first = () =>
    [...sidebar().querySelectorAll("a, button")].find((each) => each.checkVisibility({ visibilityProperty: true }));

  document.addEventListener("change", ({ target }) => {
    if (!NARROW.matches || !target.matches(".md-toggle")) return;
    if (target.id === "__drawer") {
      if (target.checked && document.activeElement === opener()) first()?.focus();
    } else if (sidebar().contains(document.activeElement)) {
      if (!document.activeElement.checkVisibility({ visibilityProperty: true })) first()?.focus();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !NARROW.matches || !drawer()?.checked) return;
    drawer().click();
    opener().focus();
  });
  // Who leaves it sees where they are.
  document.addEventListener("focusin", ({ target }) => {
    if (NARROW.matches && drawer()?.checked && target !== opener() && !sidebar().contains(target)) drawer().click();
  });
}
