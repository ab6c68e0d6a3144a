"use strict";

/**
 * Which lessons a reader has answered, kept in the browser and nowhere else: ticked on the page of the course, and
 * forgotten when the reader asks.
 */
{
  const STORED = "lessons";

  /** From storage, which may be forbidden, and hold anything. */
  function ticked() {
    try {
      const names = __md_get(STORED);
      return Array.isArray(names) ? names.filter((name) => typeof name === "string") : [];
    } catch {
      return [];
    }
  }

  /** The lesson at an address, in whatever language: lessons/descend/, lessons/descend/index.html, lessons/descend.html. */
  const lesson_at = (address) => /\/lessons\/([^/]+?)(?:\/(?:index\.html)?|\.html)$/.exec(address?.pathname)?.[1];

  /** Whether it could be kept. */
  function tick(name) {
    if (!ticked().includes(name)) __md_set(STORED, [...ticked(), name]);
    return ticked().includes(name);
  }

  function show(path) {
    const names = ticked(), items = [...path.querySelectorAll("li")];
    for (const item of items) {
      const is_done = names.includes(lesson_at(item.querySelector("a")));
      item.toggleAttribute("data-done", is_done);
      item.querySelector(".gd-done")?.remove();
      if (is_done) item.querySelector("small")?.after(gd.element("small", { className: "gd-done" }, ` ${gd.word("done")}`));
    }
    const button = path.querySelector("button");
    if (!items.some((item) => "done" in item.dataset)) button?.remove();
    else if (!button) path.append(gd.element("button", { type: "button", className: "gd-forget", onclick: () => forget(path) }, gd.word("forget")));
  }

  function forget(path) {
    __md_set(STORED, []);
    show(path);
  }

  // A browser that goes back may show the page as it was before the lesson.
  addEventListener("pageshow", ({ persisted }) => persisted && document.querySelectorAll(".gd-path").forEach(show));

  gd.eachPage(() => {
    document.querySelectorAll(".gd-path").forEach(show);
    const name = lesson_at(location), quizzes = [...document.querySelectorAll(".gd-quiz")];
    if (!name || !quizzes.length) return;
    for (const quiz of quizzes) {
      quiz.addEventListener("answered", () => {
        if (document.querySelector(".gd-ticked") || !quizzes.every((each) => "answered" in each.dataset)) return;
        if (tick(name)) quizzes.at(-1).after(gd.element("p", { className: "gd-ticked", role: "status" }, gd.word("ticked")));
      });
    }
  });
}
