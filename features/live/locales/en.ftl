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

live-trouble-offline = You are offline. We go on as soon as you are back.
live-trouble-network = The picture does not reach you. Reconnecting.
live-trouble-slow = Your connection is too slow for the picture right now.
live-trouble-decode = The picture cannot be played. Trying again.
live-trouble-device = This browser cannot play the picture. Please try another one.
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
live-key-help = This list

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
