### Mails: how they are worded, and what became of them.

outreach-site = This site
outreach-outbox = Outbox
outreach-outbox-lead = Every mail that was sent from here, and what became of it. Their texts are not shown: links in them are secrets.
outreach-letters = Letters
outreach-letters-lead = The texts of the mails that are sent from here. Word them as your readers expect it; what you do not change stays as it is.
outreach-letter = Letter
outreach-all = All
outreach-state = State
outreach-state-queued = Waiting
outreach-state-sent = Sent
outreach-state-retrying = Trying again
outreach-state-dead = Given up
outreach-search = Mail address or subject
outreach-find = Search
outreach-none = No mail here.
outreach-recipient = To
outreach-subject = Subject
outreach-body = Text
outreach-queued = Written
outreach-said = The mail server said:
outreach-next = Next attempt:
outreach-resend = Send again
outreach-resent = The mail is on its way again.
outreach-resend-all = Send all again that were given up
outreach-resent-all = { $count ->
    [0] There was nothing to send again.
    [one] One mail is on its way again.
   *[other] { $count } mails are on their way again.
  }
outreach-resend-not-dead = This mail was not given up: it left, or it is being sent. Look at its state in the outbox.
outreach-older = Older mails
outreach-own = your wording
outreach-variables = What the text can name
outreach-needed = needed
outreach-copy = A copy with made-up values
outreach-look = Show the copy below
outreach-try = Send me a copy
outreach-try-hint = The copy follows the saved wording.
outreach-tried = A copy is on its way to { $email }.
outreach-trial-subject = Trial: { $subject }
outreach-reset = Go back to the first wording
outreach-letter-saved = The letter is worded anew. The next mail follows it.
outreach-letter-reset = The letter has its first wording again.
outreach-language-ja = Japanese
outreach-language-en = English
