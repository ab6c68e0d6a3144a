"use strict";

// What the theme keeps in the reader's browser, under the path of the site. Its other scripts call these by name, and
// it writes them into each page; a file of its own is all that a strict policy lets run.
var __md_scope = new URL(document.currentScript.dataset.scope, location);

function __md_hash(text) {
  return [...text].reduce((hash, letter) => (hash << 5) - hash + letter.charCodeAt(0), 0);
}

// In a sandbox even to name the store is forbidden: nothing is kept there, and nothing found.
function __md_get(key, storage, scope = __md_scope) {
  try {
    return JSON.parse((storage ?? localStorage).getItem(`${scope.pathname}.${key}`));
  } catch {
    return null;
  }
}

function __md_set(key, value, storage, scope = __md_scope) {
  try {
    (storage ?? localStorage).setItem(`${scope.pathname}.${key}`, JSON.stringify(value));
  } catch {
    // A full or forbidden store: the choice holds for this page alone.
  }
}

// The theme fetches what the search looks through, as heavy as all else of a page, before anybody looks for anything.
// Here it waits until a reader goes to the search, or an address says that somebody did.
{
  const searched = new Promise((begin) => {
    const { searchParams } = new URL(location);
    if (searchParams.has("q") || searchParams.has("h")) begin();
    for (const kind of ["focusin", "change", "pointerover"]) {
      document.addEventListener(kind, ({ target }) => {
        if (target.closest?.(".md-search, #__search, [for=__search]")) begin();
      });
    }
  });
  window.XMLHttpRequest = class extends XMLHttpRequest {
    open(method, address, ...rest) {
      this.isIndex = new URL(address, location).pathname.endsWith("/search/search_index.json");
      super.open(method, address, ...rest);
    }

    send(body) {
      if (this.isIndex) searched.then(() => super.send(body));
      else super.send(body);
    }
  };
}

// A page opened as a file may start no worker, and the theme's search is one: a hidden frame runs its script instead.
// Other scripts it finds beside itself, as a worker does. (An IFrameWorker, which the theme knows, has to find them by
// the folders that the site lies in, and does not in every one.)
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(address) {
      super();
      const frame = document.createElement("iframe");
      frame.hidden = true;
      document.body.append(frame);
      this.address = new URL(address, location);
      this.inside = frame.contentWindow;
      this.inside.postMessage = (data) => this.dispatchEvent(new MessageEvent("message", { data }));
      this.inside.importScripts = async (...addresses) => {
        for (const each of addresses) await this.load(each);
      };
      this.ready = this.load(this.address);
    }

    load(address) {
      const script = this.inside.document.createElement("script");
      script.src = new URL(address, this.address);
      this.inside.document.body.append(script);
      return new Promise((loaded) => script.addEventListener("load", loaded));
    }

    async postMessage(data) {
      await this.ready;
      this.inside.dispatchEvent(new this.inside.MessageEvent("message", { data }));
    }
  };
}
