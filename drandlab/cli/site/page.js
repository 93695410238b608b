"use strict";
// Adds what a page can do without but is better with: copy buttons, and the keyboard's way into what scrolls.
for (const block of document.querySelectorAll(".input pre, .text pre")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy";
  button.setAttribute("aria-label", "Copy this code");
  button.addEventListener("click", async () => {
    let done = true;
    try {
      await navigator.clipboard.writeText(block.innerText);
    } catch {
      const marked = getSelection();
      marked.selectAllChildren(block);
      done = document.execCommand("copy");
    }
    button.textContent = done ? "CopyReport" : "Press Ctrl+C";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
  const frame = document.createElement("div");
  frame.className = "copyable";
  block.replaceWith(frame);
  frame.append(block, button);
}
const scrolling = () => {
  for (const part of document.querySelectorAll("pre, table, .html, math[display=block]")) {
    if (part.scrollWidth > part.clientWidth) part.tabIndex = 0;
    else part.removeAttribute("tabindex");
  }
};
scrolling();
addEventListener("resize", scrolling);
