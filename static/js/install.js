// The worker that keeps style, script and letters, so that Roger can be installed (templates/practices/service_worker.js).
navigator.serviceWorker?.register("/service-worker.js").catch(() => {}) // without one everything works as before
