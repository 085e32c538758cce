"use strict";
for (const table of document.querySelectorAll("table")) {
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, at) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") !== "descending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const value = (row) => row.cells[at].dataset.v ?? row.cells[at].textContent;
      const order = new Intl.Collator("en", { numeric: true });
      const compare = head.classList.contains("n")
        ? (a, b) => (value(a) === "-") - (value(b) === "-") || (Number(value(a)) - Number(value(b))) * (down ? -1 : 1)
        : (a, b) => order.compare(value(a), value(b)) * (down ? -1 : 1);
      body.append(...[...body.rows].sort(compare));
    });
  });
}
