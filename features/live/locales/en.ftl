### The live page: what the server says.

live-no-track = No track yet
live-no-track-lead = This conference has no track to watch. Look into its timetable.
live-no-script = Chat and automatic changes need JavaScript. The picture plays in browsers that know HLS by themselves, such as Safari.
live-slate-live = The picture is being loaded
live-bad-instant = This is not an instant. Write it like 2026-11-22T10:00:00Z.
live-chat-says-nothing = Write something before you send.
live-chat-too-long = A message can have at most { $max } characters.
live-chat-nonce = The message cannot be told from another one. Reload the page and send it again.
live-chat-closed = The chat of this talk is closed. It opens while the talk is on air.

live-not-listed = This track is open to people on a list, and your address is not on it. Sign in with the address that you were invited by, or ask the organisers.
live-report-malformed = This is no report: { $reason }
live-report-impossible = No player can have measured this.
live-probe-size = Ask for 0 to { $max } bytes.

## The help desk's page

live-viewers-title = Viewers
live-viewers-lead = What a viewer sees, by the code that their page shows under “Is it me or the stream?”.
live-viewers-by-code = By code
live-viewers-code = Code
live-viewers-no-code = This is no code. It has eight letters and digits, such as K7Q2-9F3M.
live-viewers-look-up = Look up
live-viewers-none = Nothing was reported with this code. Ask for the code again; a page that has just been opened reports after some seconds.
live-viewers-who = Account
live-viewers-nobody = Not signed in
live-viewers-time = First and last report
live-viewers-shown = Watched
live-viewers-startup = First picture after
live-viewers-stalls = Stalls
live-viewers-latency = Behind live
live-viewers-rates = Picture / connection
live-viewers-switches = Changes of quality
live-viewers-dropped = Dropped frames
live-viewers-errors = Errors
live-viewers-check = Last check of the link
live-viewers-browser = Browser
live-viewers-state = State
live-viewers-state-playing = Playing
live-viewers-state-stands = Stands still
live-viewers-state-paused = Paused
live-viewers-state-waiting = Waits for a click
live-viewers-state-failed = Given up
live-viewers-state-gone = Gone
live-viewers-state-starting = Starting
live-viewers-worst = Worst right now
live-viewers-refresh = Refresh
live-viewers-recent = Stood lately
live-viewers-fare = { $troubled } of { $reporting } viewers who report have trouble.
live-viewers-all-fine = Nobody who reports has trouble.
live-viewers-s = { $s } s

## Who may watch

live-audience-title = Who may watch
live-audience-lead = A track follows the conference's rule unless it has one of its own. The team may always watch.
live-audience-rules = Rules
live-audience-conference = The conference:
live-audience-change = Change
live-audience-same = As the conference: { $rule }
live-audience-anyone = Everybody
live-audience-signed-in = Everybody who is signed in
live-audience-listed = People on the list
live-audience-save = Save
live-audience-add = Add people
live-audience-people = Mail addresses
live-audience-people-hint = One per line, or a table copied from a spreadsheet: addresses are found in it. They sign in with that address.
live-audience-file = Or a CSV file
live-audience-for = May watch
live-audience-all-tracks = All tracks
live-audience-replace = Replace that list: who is not named any more may not watch any more
live-audience-put = Add
live-audience-added = { $added } added, { $known } were on the list already, { $removed } removed before.
live-audience-strange = No address was found in these lines: { $lines }
live-audience-list = List ({ $count })
live-audience-empty = Nobody is on the list.
live-audience-find = Find an address
live-audience-person = Person
live-audience-remove = Remove
live-audience-cut = Only the first 200 are shown. Search for the others.
live-audience-nobody = No mail address was found in this.
live-audience-too-many = The lists of a conference can have at most { $max } entries.
live-audience-too-large = This is too large. Upload it in parts.
live-audience-malformed = The upload could not be read. Try again.
live-audience-rule-unknown = There is no such rule.

## The live page's island (ui/src/live)

live-on-air = On air
live-state-upcoming = Before the start
live-state-preparing = Getting ready
live-state-live = On air
live-state-slate = One moment
live-state-interrupted = Interrupted
live-state-ended = Over
live-state-off = Off air
live-tracks = Tracks
live-viewers = Viewers
live-nothing-on = Nothing is on air right now.
live-next = Next
live-left = { $time } left
live-over = { $time } over time
live-details = About this talk
live-talk = Talk
live-timetable = Timetable
live-panels = What to show
live-close = Close
live-your-time = your time
live-starts-in = Starts in
live-reconnecting = Reconnecting
live-loading = Loading the picture

live-slate-upcoming = Starting soon
live-slate-preparing = The picture is being set up
live-slate-slate = One moment, please
live-slate-interrupted = The picture is interrupted. It will go on by itself
live-slate-ended = This track is over
live-slate-off = Nothing is on air right now
live-slate-nothing = Nothing more is planned here.
live-slate-refused = This picture is not open to you

live-trouble-offline = You are offline. We go on as soon as you are back.
live-trouble-network = The picture does not reach you. Reconnecting.
live-trouble-slow = Your connection is too slow for the picture right now.
live-trouble-decode = The picture cannot be played. Trying again.
live-trouble-device = This browser cannot play the picture. Please try another one.
live-trouble-refused = The server does not let this page watch any more. Asking again.
live-trouble-given-up = The picture did not come back, and trying again by itself is of no more use.
live-trouble-again = Try again
live-trouble-attempt = { $count ->
    [one] tried once
   *[other] tried { $count } times
}

live-controls = Player controls
live-play = Play
live-pause = Pause
live-mute = Mute
live-unmute = Unmute
live-unmute-prompt = Turn the sound on
live-volume = Volume
live-seek = Position
live-seconds = { $seconds } s
live-live = Live
live-go-live = Go live
live-at-live = You are watching live
live-settings = Settings
live-quality = Quality
live-quality-auto = Automatic
live-audio-only = Sound only
live-audio-only-on = Sound only
live-audio-only-off = Picture and sound
live-audio-none = This track has no sound-only stream.
live-speed = Speed
live-speed-hint = Faster than live is possible only behind live.
live-theatre = Theatre mode
live-untheatre = Leave theatre mode
live-pip = Picture in picture
live-full = Full screen
live-unfull = Leave full screen
live-keys = Keyboard
live-keys-on = Use single-key shortcuts
live-key-toggle = Play or pause
live-key-mute = Mute
live-key-volume = Louder or quieter
live-key-full = Full screen
live-key-pip = Picture in picture
live-key-five = Back or forward 5 seconds
live-key-ten = Back or forward 10 seconds
live-key-ends = To the beginning, to live
live-key-frame = One picture back or forward, while paused
live-key-parts = To a tenth of what is kept
live-key-speed = Slower or faster, behind live
live-key-theatre = Theatre mode
live-key-sound = Sound only
live-key-check = Is it me or the stream?
live-key-help = This list
live-gestures = Mouse and fingers
live-gesture-click = Click
live-gesture-click-does = Play or pause; with a finger, show the controls
live-gesture-double = Double click
live-gesture-double-does = Full screen
live-gesture-sides = Double tap at a side
live-gesture-sides-does = Back or forward 10 seconds, and again with every further tap

live-check = Is it me or the stream?
live-check-running = Measuring your connection
live-check-again = Check again
live-check-ms = { $ms } ms
live-check-mbps = { $rate } Mbit/s
live-check-of = { $lost } of { $all }
live-check-trip = Round trip
live-check-lost = Requests lost
live-check-rate = Your connection gives
live-check-needed = The picture needs
live-check-track = Track
live-check-others = Viewers in trouble
live-check-code-lead = The help desk can look up what you see with this code:
live-check-copy = Copy the code
live-check-copied = Copied
live-check-untold = The result could not be sent. Tell the help desk the sentence above as well.
live-check-side-fine = All is well
live-check-side-network = Your network
live-check-side-stream = The stream
live-check-side-server = The server
live-check-side-browser = Your browser
live-check-fine = Your connection and the stream are both fine.
live-check-fine-do = If something was wrong a moment ago, it has passed.
live-check-offline = You are not connected to the internet.
live-check-offline-do = Check Wi-Fi or mobile data. The picture goes on by itself as soon as you are back.
live-check-unreachable = The server does not answer you.
live-check-unreachable-do = If other sites open, the server is in trouble and the team knows. If they do not, it is your network: try another one, such as your phone's.
live-check-refused = The server does not let you watch this track.
live-check-refused-do = Sign in with the address that you were invited by, or ask the help desk.
live-check-off = This track is not sending right now.
live-check-off-do = Nothing is wrong with your connection. The picture begins by itself.
live-check-stream-do = The broadcast team sees this, too. Nothing has to be done here: the picture goes on by itself.
live-check-stream = The stream itself has stopped.
live-check-many = Many viewers have trouble at the same time.
live-check-many-do = It is not your connection. The team sees this, too; a lower quality or sound only may help until then.
live-check-browser = Your browser or computer cannot keep up with the picture.
live-check-browser-do = Close other tabs and programs, choose a lower quality, or try another browser.
live-check-slow = Your connection is slower than the picture needs.
live-check-slow-do = Go nearer to the Wi-Fi, use a cable, stop other downloads, or choose a lower quality or sound only.
live-check-lossy = Your connection loses or delays what is sent.
live-check-lossy-do = Go nearer to the Wi-Fi or use a cable; a VPN or company network may be in the way. Try another network if you can.
live-check-reload = Connection and stream are fine, but the picture stands.
live-check-reload-do = Reload the page. If that does not help, try another browser and tell the help desk the code.

live-chat = Chat
live-chat-none = You can talk here once a talk has begun.
live-chat-empty = Nobody has said anything yet. You could be the first.
live-chat-write = Write a message
live-chat-send = Send
live-chat-sending = Sending
live-chat-not-sent = This could not be sent.
live-chat-retry = Try again
live-chat-drop = Discard
live-chat-remove = Remove
live-chat-remove-really = Really remove
live-chat-new = { $count ->
    [one] 1 new message
   *[other] { $count } new messages
}
live-chat-spoken = { $count ->
    [one] 1 new message
   *[other] { $count } new messages
}. { $name }: { $text }
live-chat-sign-in = Sign in to chat
live-chat-closed-now = This chat is closed at the moment.
live-badge-speaker = Speaker
live-badge-team = Team
live-sheet-failed = The page could not be loaded.
live-sheet-open = Open in a new tab
live-cannot-hear = This device cannot play this track's sound (Opus). A current Chrome, Edge, Firefox or Safari can.

## What is kept about people

live-kept-chat = Your chat lines
live-kept-chat-why = The conversation stays readable for the others; your name is taken off your lines.
live-kept-watched = What you watched, and how well it played
live-kept-watched-why = Organisers see how the stream did; whose visit it was is no longer said.
live-kept-may-watch = Entries on lists of who may watch
live-kept-may-watch-why = They were there to let you in.
