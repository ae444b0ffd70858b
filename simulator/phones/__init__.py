"""The patients' phones in the browser: pages that behave like a messenger, in a look of their own."""
