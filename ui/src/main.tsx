// Where the page starts. Holds no screens.
import { createRoot } from "react-dom/client";
import "./styles/app.css";
import "./i18n";
import { Button } from "@/components/Button";

createRoot(document.getElementById("root")!).render(<Button>Latchkey</Button>);
