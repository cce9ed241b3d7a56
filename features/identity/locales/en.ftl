### Sign-in, account, teams.

identity-sign-in = Sign in
identity-sign-in-lead = Enter your mail address. We send you a link that signs you in; there is no password to remember.
identity-email = Mail address
identity-send-link = Send me a link
identity-email-malformed = This is not a mail address we can send to. Check it for typing errors.
identity-demo-lead = This is a demo: be somebody with one click.
identity-demo-attendee = Attendee
identity-demo-broadcast = Broadcast team
identity-demo-chair = Chair
identity-sent = Look into your mailbox
identity-sent-lead = We have sent you a link. It works once, for { $minutes } minutes.
identity-sent-again = Nothing arrived? Look into the spam folder, or ask for another link
identity-demo-mail = Open the demo's mailbox
identity-offer-lead = You are about to sign in as { $email }.
identity-offer-accept = Sign in
identity-owner = This installation is yours
identity-owner-lead = Tell us who you are. With this you become the owner of this site and can make the first conference.
identity-owner-accept = Begin
identity-link-dead = This link has been used or is too old. Ask for a new one on the sign-in page.
identity-name = Name
identity-name-hint = As others see it, in the chat for example.
identity-name-empty = Please enter a name.
identity-name-too-long = A name can have at most 80 characters.
identity-save = Save
identity-account = Your account
identity-sessions = Where you are signed in
identity-session-unknown = Unknown device
identity-session-current = this device
identity-session-seen = Last used
identity-session-revoke = End
identity-sign-out = Sign out
identity-mailbox = Mailbox of the demo
identity-mailbox-lead = The demo sends no mail. What it would have sent is here.
identity-mailbox-empty = No mail yet.
identity-mail-subject = Your sign-in link
identity-mail-text =
    Hello,

    this link signs you in:

    { $url }

    It works once, for { $minutes } minutes. If you did not ask for it, ignore this mail: nobody was signed in.
identity-role-missing = This is for people with the role: { $role }. Ask a chair of the conference.
identity-role-unknown = There is no such role.
identity-owner-only = This is for the owner of the site.
identity-conference-sealed = The conference is closed: nothing in it can be changed. Its chair can open it again.
