/* Runs only where modules do not (nomodule): such a browser gets a message, not a broken page. Written for any of them. */
(function () {
  var words = document.currentScript ? document.currentScript.getAttribute("data-words") : null;
  if (!words) {
    var all = document.getElementsByTagName("script");
    for (var at = 0; at < all.length; at += 1) words = all[at].getAttribute("data-words") || words;
  }
  function tell() {
    var told = document.createElement("p");
    told.className = "old-browser";
    told.setAttribute("role", "alert");
    told.appendChild(document.createTextNode(words));
    document.body.insertBefore(told, document.body.firstChild);
  }
  if (document.readyState === "loading" && document.addEventListener) document.addEventListener("DOMContentLoaded", tell);
  else if (document.readyState === "loading") document.attachEvent("onreadystatechange", function () {
    if (document.readyState === "complete") tell();
  });
  else tell();
})();
