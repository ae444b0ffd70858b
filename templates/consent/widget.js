// Roger: a button that leads to the practice's own page about WhatsApp. It asks nobody for anything, stores nothing, and
// brings its look along, so that the website's policy need not allow a style.
(() => {
  const LABELS = {
    de: "Über WhatsApp schreiben",
    en: "Write on WhatsApp",
    tr: "WhatsApp’tan yazın",
    ar: "راسلنا عبر واتساب",
    ru: "Написать в WhatsApp",
    uk: "Написати у WhatsApp",
    pl: "Napisz na WhatsApp",
  }
  const LOOK = `
    a { display: inline-flex; align-items: center; gap: 0.6em; min-height: 2.75rem; padding: 0.4rem 1.1rem;
        box-sizing: border-box; border-radius: 0.875rem; background: #0b5a5e; color: #fff; text-decoration: none;
        font: 600 1.0625rem/1.2 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
    a:hover { background: #07464a; }
    a:focus-visible { outline: 3px solid #0a57c9; outline-offset: 3px; }
    svg { inline-size: 1.5em; block-size: 1.5em; flex: none; }
    @media (forced-colors: active) { a { border: 2px solid LinkText; } }`
  const SVG = "http://www.w3.org/2000/svg"

  const script = document.currentScript
  const place = document.createElement("roger-whatsapp")
  const root = place.attachShadow({ mode: "open" })
  const style = new CSSStyleSheet()
  style.replaceSync(LOOK)
  root.adoptedStyleSheets = [style]
  root.append(link())
  script.after(place)

  function link() {
    const language = document.documentElement.lang.slice(0, 2)
    const anchor = document.createElement("a")
    anchor.href = "{{ link|escapejs }}"
    anchor.target = "_blank"
    anchor.rel = "noopener"
    anchor.append(mark(), LABELS[language] ?? LABELS.de)
    return anchor
  }

  function mark() {
    const svg = document.createElementNS(SVG, "svg")
    svg.setAttribute("viewBox", "0 0 24 24")
    svg.setAttribute("aria-hidden", "true")
    svg.append(
      path("{{ slip }}", { fill: "#fff" }),
      path("{{ tick }}", { fill: "none", stroke: "#0b5a5e", "stroke-width": "2.4" }),
    )
    return svg
  }

  function path(d, attributes) {
    const line = document.createElementNS(SVG, "path")
    for (const [name, value] of Object.entries({ d, ...attributes })) line.setAttribute(name, value)
    return line
  }
})()
