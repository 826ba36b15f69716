// Runs before the page is shown, and in the oldest browsers: nothing here is newer than 2009.
(function () {
  "use strict";
  var script = document.currentScript || document.getElementById("compatibility");
  var page = script && script.getAttribute("data-unsupported");

  function missing() {
    try {
      if (!window.Promise || !window.fetch || !window.URLSearchParams || !window.Intl ||
          !("noModule" in document.createElement("script")) ||
          !("showModal" in document.createElement("dialog")) ||
          !Array.prototype.at || !Element.prototype.replaceChildren) {
        return "script";
      }
      if (!window.CSS || !CSS.supports || !CSS.supports("display", "grid") ||
          !CSS.supports("gap", "1px") || !CSS.supports("color", "var(--x)") ||
          !CSS.supports("inset", "0") || !CSS.supports("translate", "0 1px")) {
        return "style";
      }
    } catch (error) {
      return "script";
    }
    return "";
  }

  // The attribute is only there until "Continue anyway" has been chosen.
  var lacking = page && missing();
  if (lacking) {
    window.location.replace(page + (page.indexOf("?") < 0 ? "?" : "&") + "missing=" + lacking);
    return;
  }

  function showCookieNote() {
    var note = document.getElementById("cookies-off");
    if (note && !navigator.cookieEnabled) note.hidden = false;
  }
  if (document.addEventListener) document.addEventListener("DOMContentLoaded", showCookieNote);
})();
