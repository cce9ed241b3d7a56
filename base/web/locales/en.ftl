### Messages that every page shares: layout and errors.

web-error-home = To the start page
web-error-trace = If you report this, name the trace
web-error-not-found = Not found
web-error-not-found-detail = There is nothing at this address, or it is not open to you.
web-error-conflict = That is not possible right now
web-error-invalid = Please check what you entered
web-error-invalid-detail = Some of what was sent cannot be accepted.
web-error-forbidden = Not allowed
web-error-unauthenticated = Please sign in
web-error-unauthenticated-detail = This needs a signed-in person.
web-error-too-many = Too fast
web-error-too-many-detail = { $seconds ->
    [one] Please try again in a second.
   *[other] Please try again in { $seconds } seconds.
  }
web-error-unavailable = One moment, please
web-error-unavailable-detail = A part of the site is not available right now. Nothing is lost; please try again in a few seconds.
web-error-internal = Something went wrong on our side
web-error-internal-detail = Nothing that was confirmed before is lost. Please try again; if it stays, tell the organisers the trace below.
web-cross-site = This request came from another site. Open the page here and try again.
web-form-too-large = What was sent is larger than this form allows.
web-file-too-large = This file is too large: at most { $megabytes } MB are accepted.
web-form-malformed = What was sent is not what this form sends. Reload the page and try again.
web-json-malformed = The body is not the JSON that is expected here: { $reason }

web-skip = Skip to the content
web-home = All conferences
web-menu = Menu
web-nav = Conference
web-language-other = 日本語
web-theme = Appearance
web-theme-light = Light
web-theme-dark = Dark
web-theme-system = As the device
web-account = Account
web-sign-in = Sign in
web-sign-out = Sign out
web-your-time = your time
web-copied = Copied
web-close = Close
web-footer-by = Matsuri, the self-hosted conference platform
