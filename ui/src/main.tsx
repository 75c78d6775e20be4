// Where the page starts: finds the program around the window, draws, and says that it is drawn.
// Holds no screens.
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "./i18n";
import "./styles/app.css";
import { App } from "@/app/App";
import { loadPlatform } from "@/platform";

const root = document.getElementById("root");
if (root !== null) {
  void loadPlatform().then((platform) => {
    createRoot(root).render(
      <StrictMode>
        <App platform={platform} />
      </StrictMode>,
    );
  });
}
