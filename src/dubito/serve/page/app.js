// The page: ask, judge, look on. No build step, nothing from elsewhere.
import { axes, points, polyline } from "/page/charts.js";

const at = (id) => document.getElementById(id);
const LATEST = 50;
const REST = 2000; // milliseconds between two looks at the summary
const LONGEST = 48; // tokens of an answer and of each sample
const NOTHING = {
  meanings: "No samples were compared.",
  parts: "No estimator here tells them apart.",
};
let record = null;
let due = 0;

function headers() {
  const key = sessionStorage.getItem("key");
  return { "Content-Type": "application/json", ...(key ? { Authorization: `Bearer ${key}` } : {}) };
}

async function call(path, body) {
  const options = body ? { method: "POST", body: JSON.stringify(body) } : {};
  const response = await fetch(path, { headers: headers(), ...options });
  if (response.status === 401) at("key-form").hidden = false;
  const told = await response.json();
  if (!response.ok) throw new Error(told.error?.message ?? `HTTP ${response.status}`);
  return told;
}

function element(name, text, className = "") {
  const made = document.createElement(name);
  made.textContent = text;
  made.className = className;
  return made;
}

const percent = (share) => `${Math.round(100 * share)} %`;
const short = (value) => (value === null || value === undefined ? "–" : value.toPrecision(3));

function trouble(error) {
  at("trouble").textContent = error ? error.message : "";
  at("trouble").hidden = !error;
}

at("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem("key", at("key").value);
  at("key-form").hidden = true;
  refresh().catch(trouble);
});

at("question").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    at("ask").requestSubmit();
  }
});

at("ask").addEventListener("submit", async (event) => {
  event.preventDefault();
  at("send").disabled = true;
  at("send").textContent = "Thinking …";
  try {
    const samples = at("samples").value;
    const told = await call("/v1/chat/completions", {
      messages: [{ role: "user", content: at("question").value }],
      max_tokens: LONGEST,
      dubito: { tokens: true, ...(samples === "" ? {} : { samples: Number(samples) }) },
    });
    trouble(null);
    show(told.choices[0].message.content, told.dubito);
  } catch (error) {
    trouble(error);
  } finally {
    at("send").disabled = false;
    at("send").textContent = "Ask";
  }
});

function show(text, told) {
  record = told.record;
  at("answer").hidden = false;
  at("action").textContent = told.action;
  at("action").className = `badge ${told.action === "abstain" ? "doubt" : ""}`;
  const sure = told.confidence;
  at("confidence").textContent = sure === null ? "not calibrated" : `${percent(sure)} confident`;
  at("confidence").title = told.calibration;
  at("confidence").className = `badge ${sure === null ? "" : sure > 0.5 ? "sure" : "doubt"}`;
  showText(text, told.action === "abstain" ? [] : told.tokens);
  bars("meanings", told.meanings.map((m) => [m.text, m.share]));
  const whole = Object.values(told.parts).reduce((a, b) => a + b, 0) || 1;
  bars("parts", Object.entries(told.parts).map(([name, v]) => [name, v / whole, short(v)]));
  at("doubts").tBodies[0].replaceChildren(...Object.entries(told.doubt).map(doubtRow));
  const cost = told.cost;
  const spent = `${cost.generations} generations, ${cost.tokens} tokens, ${cost.seconds.toFixed(2)} s`;
  at("reasons").replaceChildren(...[...told.reasons, spent].map((r) => element("li", r)));
  at("judge").hidden = !record || told.action === "abstain";
  at("judged").textContent = "";
}

function showText(text, tokens) {
  at("legend").hidden = !tokens.length;
  const most = Math.max(...tokens.map(([, doubt]) => doubt), 1e-9);
  const spans = tokens.map(([token, doubt]) => {
    const span = element("span", token);
    span.style.background = `rgba(var(--heat), ${0.75 * Math.max(0, doubt / most)})`;
    span.title = `doubt ${short(doubt)}`;
    return span;
  });
  at("text").replaceChildren(...(spans.length ? spans : [text]));
}

function doubtRow([name, told]) {
  const row = document.createElement("tr");
  const value = element("td", short(told.value), "number");
  value.title = told.reason ?? "";
  row.append(element("th", name), value);
  row.firstChild.scope = "row";
  return row;
}

function bars(id, rows) {
  const made = rows.map(([name, share, text]) => {
    const row = document.createElement("div");
    const bar = element("span", name, "name");
    bar.style.setProperty("--share", `${100 * share}%`);
    row.append(bar, element("span", text ?? percent(share)));
    return row;
  });
  at(id).replaceChildren(...(made.length ? made : [element("p", NOTHING[id])]));
}

for (const [id, right] of [["right", true], ["wrong", false]]) {
  at(id).addEventListener("click", async () => {
    try {
      await call("/feedback", { record, right });
      at("judged").textContent = `Noted: ${id}.`;
      refresh();
    } catch (error) {
      trouble(error);
    }
  });
}

async function refresh() {
  const told = await call("/summary");
  const { log_martingale: now, limit, alarm } = told.drift;
  at("drift").textContent = alarm
    ? "Drift: the doubts are no longer drawn alike. Look at the questions, then fit anew."
    : `No drift: evidence ${now.toFixed(2)} of ${limit.toFixed(2)} nats.`;
  at("drift").className = alarm ? "alarm" : "";
  const { feedback } = told;
  const actions = Object.entries(told.actions).map(([name, n]) => `${name} ${n}`).join(", ");
  const right = feedback.n ? `; ${feedback.n} judged, ${percent(feedback.right)} right` : "";
  at("counts").textContent = `${told.requests} latest requests${told.model ? ` of ${told.model}` : ""}: ${actions || "none"}${right}`;
  const risk = feedback.risk_coverage;
  axes(at("risk"), "coverage", "risk");
  if (risk) polyline(at("risk"), risk.coverage, risk.risk);
  axes(at("calibration"), "confidence", "right", true);
  const bins = feedback.calibration;
  if (bins) points(at("calibration"), bins.confidence, bins.accuracy, bins.size);
}

function addRequest(told) {
  const row = document.createElement("tr");
  const doubt = Object.values(told.doubts).find((d) => d !== null);
  row.append(
    element("td", new Date(1000 * told.at).toLocaleTimeString()),
    element("td", told.action),
    element("td", told.confidence === null ? "–" : percent(told.confidence), "number"),
    element("td", short(doubt), "number"),
    element("td", told.prompt ?? "not logged"),
  );
  const body = at("requests").tBodies[0];
  body.prepend(row);
  while (body.rows.length > LATEST) body.deleteRow(-1);
}

async function look() {
  // Not an EventSource, which could not send a key.
  const response = await fetch("/live", { headers: headers() });
  if (!response.ok) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const parts = (rest + value).split("\n\n");
    rest = parts.pop();
    for (const part of parts.filter((p) => p.startsWith("data:"))) {
      const told = JSON.parse(part.slice(5));
      if (told.record) addRequest(told);
    }
    if (parts.some((p) => p.startsWith("data:")) && Date.now() > due) {
      due = Date.now() + REST;
      setTimeout(() => refresh().catch(trouble), REST / 4);
    }
  }
}

function keepLooking() {
  look().catch(() => {}).finally(() => setTimeout(keepLooking, 3000));
}

refresh().catch(trouble);
keepLooking();
