// Voice notes: recorded here, kept like any other file, and listened to before they go. Chromium's WebM becomes Ogg on
// the server (messaging/voice.py).
const KINDS = ["audio/ogg;codecs=opus", "audio/webm;codecs=opus", "audio/mp4"]
const LONGEST = 5 * 60 // seconds
const kind = globalThis.MediaRecorder ? KINDS.find(one => MediaRecorder.isTypeSupported(one)) : undefined
const canRecord = Boolean(kind && navigator.mediaDevices?.getUserMedia)
let recorder = null
const isCovered = () => document.documentElement.hasAttribute("data-shield")

const button = () => document.querySelector("form[data-composer] [data-record]")
const panel = () => document.querySelector("form[data-composer] [data-picker]")

function show(...parts) {
  const place = panel()
  const box = Object.assign(document.createElement("div"), { className: "recorder" })
  box.append(...parts)
  place.replaceChildren(box)
  place.hidden = false
}

function hide() {
  const place = panel()
  if (!place?.querySelector(".recorder")) return
  place.hidden = true
  place.replaceChildren()
}

function words(text) {
  const line = document.createElement("p")
  line.setAttribute("role", "status")
  line.append(text)
  return line
}

function press(text, className, deed) {
  const made = Object.assign(document.createElement("button"), { type: "button", className, textContent: text })
  made.addEventListener("click", deed)
  return made
}

function end(sound) {
  for (const track of sound.getTracks()) track.stop()
}

// Behind the shield the server takes nothing: what was said until then waits until it is lifted.
function keepFile(file) {
  const tell = () => document.dispatchEvent(new CustomEvent("composer:file", { detail: file }))
  if (isCovered()) document.body.addEventListener("roger:uncovered", tell, { once: true })
  else tell()
}

const clock = seconds => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`

async function start() {
  const { dataset } = button()
  const sound = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1 } }).catch(() => null)
  if (!sound) { show(words(dataset.refused)); return }
  if (isCovered()) { end(sound); return } // the shield went up while the browser asked for the microphone
  const mine = recorder = new MediaRecorder(sound, { mimeType: kind, audioBitsPerSecond: 24_000 })
  const pieces = [], type = kind.split(";")[0]
  let keep = false
  mine.ondataavailable = ({ data }) => pieces.push(data)
  const time = Object.assign(document.createElement("span"), { textContent: clock(0) })
  time.setAttribute("aria-hidden", "true")
  const began = Date.now()
  const ticking = setInterval(() => {
    const seconds = Math.floor((Date.now() - began) / 1000)
    time.textContent = clock(seconds)
    if (seconds >= LONGEST || !time.isConnected) stop(time.isConnected)
  }, 250)
  function stop(isWanted) {
    keep = isWanted
    clearInterval(ticking)
    if (mine.state !== "inactive") mine.stop()
  }
  const cover = () => stop(true)
  document.body.addEventListener("roger:covered", cover)
  mine.onstop = () => {
    end(sound)
    document.body.removeEventListener("roger:covered", cover)
    recorder = null
    hide()
    button()?.focus()
    if (keep) keepFile(new File(pieces, `${dataset.fileName}.${type.split("/")[1]}`, { type }))
  }
  const done = press(dataset.stop, "button button--primary", () => stop(true))
  const line = words(`${dataset.recording} `)
  show(line, time, done, press(dataset.discard, "button", () => stop(false)))
  mine.start(1000)
  done.focus()
}

document.addEventListener("click", ({ target }) => {
  if (!target.closest("[data-record]") || recorder) return
  if (canRecord) start()
  else show(words(button().dataset.unable))
})

document.addEventListener("composer:sent", () => { if (!recorder) hide() })

function arrive() {
  if (button()) button().hidden = false
}
document.body.addEventListener("htmx:afterSettle", arrive)
document.body.addEventListener("htmx:oobAfterSwap", arrive)
arrive()
