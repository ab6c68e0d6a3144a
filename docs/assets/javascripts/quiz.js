"use strict";

// Predict, then reveal. Without this script the replies are folded under the choices.
gd.eachPage(() => {
  for (const quiz of document.querySelectorAll(".gd-quiz:not(:has(.gd-reply))")) {
    const replies = quiz.querySelector(".gd-replies");
    const reply = gd.element("div", { className: "gd-reply", role: "status" });
    // A button, and no submission: a sandboxed frame may forbid those.
    const check = gd.element("button", { type: "button", className: "md-button", onclick: () => answer() }, gd.word("check"));
    for (const choice of quiz.elements.choice) {
      choice.required = true;
      choice.setAttribute("aria-invalid", "false"); // a question that nobody has answered yet is no mistake
    }
    replies.hidden = true;
    quiz.append(check, reply);

    const answer = () => {
      if (!quiz.reportValidity()) return;
      const chosen = replies.querySelector(`[data-choice="${quiz.elements.choice.value}"]`);
      quiz.dataset.answered = "";
      reply.dataset.right = "right" in chosen.dataset;
      reply.replaceChildren(...chosen.cloneNode(true).childNodes);
      quiz.dispatchEvent(new Event("answered"));
    };
    quiz.addEventListener("submit", (event) => {
      event.preventDefault();
      answer();
    });
    quiz.addEventListener("change", () => reply.replaceChildren());
  }
  for (const card of document.querySelectorAll(".gd-card")) {
    if (gd.isHeldBack(card)) card.dataset.waits = "";
    gd.whenFree(card, () => delete card.dataset.waits);
  }
});
