"use strict";

// Stands in a page that is served while the site is written: shows what is wrong with the last build, and loads the page
// again when there is another site. A page that nobody looks at does not listen: a browser keeps few connections open.
(() => {
  const { site, news } = document.currentScript.dataset;
  const problem = document.querySelector('pre[data-live="problem"]');
  const doing = document.querySelector('p[data-live="doing"]');
  let source = null;

  const tell = ({ data }) => {
    const told = JSON.parse(data);
    if (told.site !== site) {
      stop();
      location.reload();
      return;
    }
    if (problem.textContent !== told.problem) problem.textContent = told.problem;
    problem.hidden = !told.problem;
    if (doing) doing.textContent = told.doing;
  };

  const stop = () => {
    source?.close();
    source = null;
  };

  const listen = () => {
    stop();
    if (document.visibilityState !== "visible") return;
    source = new EventSource(news);
    source.onmessage = tell;
  };

  document.addEventListener("visibilitychange", listen);
  addEventListener("pagehide", stop);
  addEventListener("pageshow", listen);
})();
