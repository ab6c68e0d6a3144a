"use strict";

// Predict, then reveal. Without this script the replies are folded under the choices.
gd.eachPage(() => {
  for (const quiz of document.querySelectorAll(".gd-quiz:not(:has(.gd-reply))")) {
    const replies = quiz.querySelector(".gd-replies");
    const reply = gd.element("div", { className: "gd-reply", role: "status" });
    const check = gd.element("button", { className: "md-button" }, gd.word("check"));
    for (const choice of quiz.elements.choice) choice.required = true;
    replies.hidden = true;
    quiz.append(check, reply);

    quiz.addEventListener("submit", (event) => {
      event.preventDefault();
      const chosen = replies.querySelector(`[data-choice="${quiz.elements.choice.value}"]`);
      reply.dataset.right = "right" in chosen.dataset;
      reply.replaceChildren(...chosen.cloneNode(true).childNodes);
    });
    quiz.addEventListener("change", () => reply.replaceChildren());
  }
});
