// "Ada is typing"

import { byId } from "../dom.js";
import { nameList, personName } from "../format.js";

export function typingView(state) {
  const [line, text] = ["typing", "typing-text"].map(byId);

  state.on("typing current", () => {
    const names = [...(state.room?.typists.values() ?? [])].map(({ person }) => personName(person));
    line.dataset.on = names.length > 0 ? "yes" : "no";
    if (names.length > 0) text.textContent = `${nameList(names)} ${names.length === 1 ? "is" : "are"} typing`;
    else text.textContent = "";
  });
}
