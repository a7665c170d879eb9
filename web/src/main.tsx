import "./ui/tokens.css";
import "./ui/global.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./app/App";
import { startLanguage } from "./app/language";
import { onSignedIn } from "./app/signIn";
import { restoreSubmissions, resumeRefused, warnBeforeLeaving } from "./upload/submissions";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");

// With the language first: texts that change under the reader's eyes would shift the layout.
await startLanguage();
warnBeforeLeaving();
onSignedIn(resumeRefused);
void restoreSubmissions();
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
