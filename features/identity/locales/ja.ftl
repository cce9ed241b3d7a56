### サインイン、アカウント、チーム。

identity-sign-in = サインイン
identity-sign-in-lead = メールアドレスを入力してください。サインイン用のリンクをお送りします。パスワードは不要です。
identity-email = メールアドレス
identity-send-link = リンクを送る
identity-email-malformed = このアドレスには送信できません。入力に誤りがないかご確認ください。
identity-demo-lead = これはデモです。ワンクリックで誰かになれます。
identity-demo-attendee = 参加者
identity-demo-broadcast = 配信チーム
identity-demo-chair = 実行委員長
identity-sent = メールをご確認ください
identity-sent-lead = リンクをお送りしました。一度だけ、{ $minutes }分間有効です。
identity-sent-again = リンクをもう一度送る
identity-sent-lead-to = { $email } にリンクをお送りしました。一度だけ、{ $minutes }分間有効です。
identity-sent-nothing = 届きませんか？迷惑メールフォルダと、アドレスの入力誤りをご確認ください。もう一度送っても、最初のリンクはそのまま使えます。メールを受け取れなくなった場合は運営にご連絡ください。
identity-sent-other = 別のアドレスを使う
identity-demo-mail = デモのメールボックスを開く
identity-offer-lead = { $email } としてサインインします。
identity-offer-accept = サインイン
identity-owner = このサイトはあなたのものです
identity-owner-lead = お名前とメールアドレスを教えてください。サイトの所有者となり、最初のカンファレンスを作成できます。
identity-owner-accept = はじめる
identity-link-dead = このリンクは使用済みか、期限切れです。サインインページから新しいリンクを送ってください。
identity-name = お名前
identity-name-hint = チャットなどで他の人に表示される名前です。
identity-name-empty = お名前を入力してください。
identity-name-too-long = お名前は80文字までです。
identity-save = 保存
identity-account = アカウント
identity-sessions = サインイン中の端末
identity-session-unknown = 不明な端末
identity-session-current = この端末
identity-session-seen = 最終利用
identity-session-revoke = 終了する
identity-sign-out = サインアウト
identity-mailbox = デモのメールボックス
identity-mailbox-lead = デモはメールを送信しません。送信されるはずだったメールはここにあります。
identity-mailbox-empty = まだメールはありません。
identity-mail-subject = サインイン用リンク
identity-mail-text =
    こんにちは。

    次のリンクからサインインできます。

    { $url }

    一度だけ、{ $minutes }分間有効です。お心当たりがない場合は、このメールを無視してください。誰もサインインしていません。
identity-mail-about = メールアドレスでサインインするときに送られます。
identity-mail-url-about = サインイン用のリンク
identity-mail-url-example = https://conference.example.org/sign-in/4c0ffee…
identity-mail-minutes-about = リンクが有効な時間（分）
identity-mail-minutes-example = 15
identity-role-missing = この操作には次の役割が必要です：{ $role }。カンファレンスの実行委員長にご相談ください。
identity-role-unknown = そのような役割はありません。
identity-owner-only = サイトの所有者のみが利用できます。
identity-conference-sealed = このカンファレンスは終了しており、変更できません。責任者が再開できます。

## チーム

identity-list-comma = 、
identity-you = 自分
identity-roles = 役割
identity-roles-empty = 役割を一つ以上選んでください。
identity-roles-of = { $name } さんの役割
identity-roles-change = 役割を変更
identity-roles-save = 役割を保存
identity-role-name-chair = 実行委員長
identity-role-name-contents = コンテンツ
identity-role-name-broadcast = 配信
identity-role-name-operation = 会場運営
identity-role-name-desk = 受付
identity-role-name-promotion = 広報
identity-role-name-platform = プラットフォーム
identity-role-name-reviewer = 査読者
identity-role-name-sponsor_manager = スポンサー担当
identity-role-hint-chair = カンファレンスを統括し、チームの変更を含むすべての操作ができます。
identity-role-hint-contents = プログラム全般：セッション、登壇者、タイムテーブル、ページ、メール。
identity-role-hint-broadcast = セッションをオンエアし、映像と音声を見守ります。
identity-role-hint-operation = 当日の会場を運営します。
identity-role-hint-desk = 参加者の受付をします。
identity-role-hint-promotion = 公開サイト、お知らせ、統計を担当します。
identity-role-hint-platform = プラットフォームの稼働を支えます。
identity-role-hint-reviewer = プロポーザルを査読します。チームのその他の情報は見えません。
identity-role-hint-sponsor_manager = スポンサーのページ、セッション、リードを担当します。
identity-team = チーム
identity-team-lead = このカンファレンスで誰が何をできるかを決めます。変更は開いているページにもすぐに反映されます。
identity-team-public = 公開チームページ
identity-team-of = 運営チーム
identity-team-own = このチームでのあなた
identity-team-show-me = このページに自分を表示する
identity-team-show-hint = お名前、写真、役割が表示されます。決められるのはご本人だけです。
identity-team-leave = チームを抜ける
identity-team-leave-sure = チームを抜けますか？戻るには実行委員長からもう一度招待を受ける必要があります。
identity-team-nobody = まだ誰も表示されていません。
identity-members = メンバー
identity-members-none = まだ誰にも役割がありません。メンバーを招待してください。
identity-member-since = 参加日
identity-member-remove = チームから外す
identity-member-removed = メンバーを外しました。
identity-team-left = チームを抜けました。
identity-chair-given-up = 役割を保存しました。実行委員長ではなくなったため、チームのページは表示できません。
identity-member-restore-late = この操作はもう取り消せません。あらためて招待してください。
identity-member-gone = { $name } さんは編集中に他の人がチームから外したため、役割は保存されませんでした。選んだ役割は下の招待フォームに入っています。戻ってもらう場合はそのままご利用ください。
identity-member-left = { $name } さんは編集中にチームを離れたため、役割は保存されませんでした。選んだ役割は下の招待フォームに入っています。戻ってもらう場合はそのままご利用ください。
identity-last-chair = カンファレンスには実行委員長が必要です。先に別の人を実行委員長にしてください。
identity-invite = メンバーを招待
identity-invite-lead = 一度だけ使えるリンクをメールで送ります。7日間、このメールアドレスの人だけが使えます。
identity-invite-no-mail = このサイトにはまだメールサーバーが設定されていないため、メールは誰にも届きません。サーバーの管理者に設定（mail.server）を依頼し、その後ここから招待を再送してください。
identity-invite-send = 招待を送る
identity-invite-member = この方はすでにチームにいます。上の一覧で役割を変更してください。
identity-invite-open = このアドレスへの招待がまだ有効です。下から再送するか、先に取り消してください。
identity-invite-many = 有効な招待がすでに{ $max }件あります。先にいくつか取り消してください。
identity-invitations = 招待
identity-invitation = 招待
identity-invitation-is-open = 有効
identity-invitation-is-accepted = 承諾済み
identity-invitation-is-revoked = 取り消し済み
identity-invitation-is-expired = 期限切れ
identity-invitation-sent = 送信
identity-invitation-until = 有効期限
identity-invitation-resend = 再送する
identity-invitation-revoke = 取り消す
identity-invitation-title = { $conference } のチームに参加
identity-invitation-lead = この招待は { $email } 宛てです。役割は次のとおりです。
identity-invitation-accept = チームに参加する
identity-invitation-sign-in = 承諾するには、このアドレスでサインインしてください。このページに戻るリンクをお送りします。
identity-invitation-otherwise = 別の方法でサインイン
identity-invitation-other-mail = この招待は { $wanted } 宛てですが、{ $own } としてサインインしています。サインアウトしてリンクを開き直すか、{ $own } を招待するよう実行委員長に依頼してください。
identity-invitation-unknown = この招待リンクは無効です。新しいリンクに置き換えられたか、リンクの一部が欠けています。最新のメールのリンクを開くか、実行委員長に再送を依頼してください。
identity-invitation-used = この招待はすでに承諾されています。ご本人の場合はそのままサインインしてください。お心当たりがない場合は実行委員長にお知らせください。
identity-invitation-revoked = この招待は取り消されました。間違いだと思われる場合は実行委員長にお問い合わせください。
identity-invitation-expired = この招待は期限切れです。実行委員長に再送を依頼してください。
identity-invitation-closed = この招待はもう有効ではありません。承諾済みか、取り消し済みです。
identity-invitation-mail-subject = { $conference } 運営チームへの招待
identity-invitation-mail-text =
    こんにちは。

    { $inviter } さんから { $conference } の運営チームに招待されました。
    役割：{ $roles }

    { $email } でサインインし、次のリンクから承諾してください。

    { $url }

    一度だけ、{ $days }日間有効です。お心当たりがない場合は、このメールを無視してください。
identity-invitation-mail-about = カンファレンスのチームに招待された人に送られます。
identity-invitation-mail-url-about = 招待を受けるためのリンク
identity-invitation-mail-url-example = https://conference.example.org/account/invitations/4c0ffee…
identity-invitation-mail-conference-about = カンファレンスの名前
identity-invitation-mail-conference-example = Matsuri Days
identity-invitation-mail-inviter-about = 招待した人
identity-invitation-mail-inviter-example = 山田 愛子
identity-invitation-mail-roles-about = 付与される役割
identity-invitation-mail-roles-example = 配信、受付
identity-invitation-mail-email-about = 受け取る人のメールアドレス
identity-invitation-mail-email-example = mika@example.org
identity-invitation-mail-days-about = 招待が有効な日数
identity-invitation-mail-days-example = 7
identity-owners = サイトの所有者
identity-owners-lead = このサイトのすべてのカンファレンスで、すべての操作ができます。

## 監査ログ

identity-audit = 監査ログ
identity-audit-site = サイト全体
identity-audit-lead = 誰が何に対して何をしたかの記録です。変更も削除もされません。
identity-audit-json = すべて JSON で
identity-audit-conference = カンファレンス
identity-audit-record = 対象
identity-audit-when = 日時
identity-audit-who = 人
identity-audit-act = 操作
identity-audit-from = 開始日
identity-audit-to = 終了日
identity-audit-none = まだ記録はありません。
identity-audit-difference = 変更内容
identity-audit-trace = トレース
identity-account-gone = 削除されたアカウント
identity-audit-console = コマンドライン

## アカウント

identity-saved = 保存しました
identity-tab-profile = プロフィール
identity-tab-security = サインインと安全
identity-tab-tokens = APIトークン
identity-tab-data = あなたのデータ
identity-profile-name = お名前
identity-profile-kana = フリガナ
identity-profile-kana-hint = カタカナで入力してください。日本語の一覧の並び順に使います。なければ空欄のままで構いません。
identity-profile-languages = 読める言語
identity-profile-languages-hint = 招待など、ほかの人の操作で届くメールに使われます。
identity-profile-zone = タイムゾーン
identity-profile-zone-hint = 例：Asia/Tokyo。空欄の場合はブラウザの設定に従います。
identity-language-ja = 日本語
identity-language-en = 英語
identity-kana-malformed = カタカナまたはひらがなで入力してください。
identity-kana-too-long = フリガナは80文字までです。
identity-zone-unknown = そのようなタイムゾーンはありません。一覧から選んでください（例：Asia/Tokyo）。
identity-avatar = 写真
identity-avatar-own = あなたの写真
identity-avatar-choose = 写真を選択
identity-avatar-hint = JPEG、PNG、WebP（8 MBまで）。正方形に切り抜き、見える部分だけを保存します。撮影場所やカメラの情報は残りません。
identity-avatar-put = この写真を使う
identity-avatar-remove = 写真を削除
identity-avatar-none = 先にファイルを選んでください。
identity-avatar-kind = 画像として読み取れませんでした。JPEG、PNG、WebPのいずれかをお送りください。
identity-avatar-large = 画像が大きすぎます。{ $side } × { $side } ピクセル以内のものをお送りください。
identity-sessions-revoke-others = 他の端末をすべて終了
identity-sessions-ended = 他の{ $count }件のサインインを終了しました。
identity-email-new = 新しいメールアドレス
identity-email-change = メールアドレスを変更
identity-email-change-lead = 新しいアドレスにリンクをお送りします。リンクを使うと変更され、元のアドレスにお知らせします。元のアドレスからは7日間、変更を取り消せます。
identity-email-same = すでにこのアドレスが登録されています。
identity-email-taken = このアドレスは別のアカウントで使われています。別のアドレスを選んでください。
identity-email-sent-lead = 新しいアドレスにメールをお送りしました。このブラウザでメールのリンクを開くと変更されます。それまでは何も変わりません。
identity-email-confirm = このアドレスを使う
identity-email-confirm-lead = 今後は { $old } の代わりに { $new } でサインインします。
identity-email-changed = メールアドレスを変更しました。元のアドレスにもお知らせしました。
identity-email-link-dead = このリンクは使用済みか、期限切れです。アカウントのページからもう一度変更してください。
identity-email-other-account = このリンクは別のアカウントのものです。そのアカウントでサインインして、リンクを開き直してください。
identity-email-undo = 変更を取り消す
identity-email-undo-title = メールアドレスの変更
identity-email-undo-lead = アカウントのアドレスを { $old } に戻します。サインイン中の端末はすべてサインアウトし、APIトークンも無効になります。
identity-email-undone-lead = アドレスを元に戻し、すべての端末をサインアウトしました。もう一度サインインして、アカウントの内容をご確認ください。
identity-email-undo-dead = このリンクは使用済みか、期限切れです。誰かがあなたのアカウントに入っている場合は、サイトの所有者にご連絡ください。
identity-email-mail-subject = 新しいメールアドレスの確認
identity-email-mail-text =
    こんにちは。

    { $old } としてサインインしている方が、このアドレスをアカウントに使おうとしています。ご本人の場合は次のリンクを開いてください。

    { $url }

    一度だけ、{ $minutes }分間有効です。お心当たりがない場合は、このメールを無視してください。何も変わりません。
identity-email-mail-about = 新しいメールアドレスがご本人のものかを確かめるために送ります。
identity-email-mail-url-about = 確認用のリンク
identity-email-mail-url-example = https://conference.example.org/account/email/confirm/4c0ffee…
identity-email-mail-minutes-about = リンクが有効な時間（分）
identity-email-mail-minutes-example = 60
identity-email-mail-old-about = これまでのアドレス
identity-email-mail-old-example = mika@example.org
identity-email-taken-mail-subject = メールアドレスとアカウントについて
identity-email-taken-mail-text =
    こんにちは。

    このメールアドレスを別のアカウントで使おうとした方がいます。このアドレスにはすでにアカウントがあるため、何も変更していません。

    ご本人の場合は、このアドレスでサインインするか、先にそのアカウントを削除してください。お心当たりがない場合は、このメールを無視してください。
identity-email-taken-mail-about = すでにアカウントのあるメールアドレスへ変更しようとしたときに送ります。
identity-email-told-mail-subject = アカウントのメールアドレスが変更されました
identity-email-told-mail-text =
    こんにちは。

    アカウントのメールアドレスが { $new } に変更されました。

    ご本人による変更であれば問題ありません。そうでない場合は次のリンクを開いてください。アドレスを元に戻し、すべての端末をサインアウトします。

    { $url }

    リンクは{ $days }日間有効です。
identity-email-told-mail-about = アカウントのメールアドレスが変更されたときに、元のアドレスへ送ります。
identity-email-told-mail-url-about = 変更を取り消すリンク
identity-email-told-mail-url-example = https://conference.example.org/account/email/undo/4c0ffee…
identity-email-told-mail-days-about = 取り消せる日数
identity-email-told-mail-days-example = 7
identity-email-told-mail-new-about = 新しいアドレス（一部を省略）
identity-email-told-mail-new-example = m…@example.net
identity-ways-mail-subject = アカウントのサインイン方法が変更されました
identity-ways-mail-text =
    こんにちは。

    { $what }

    ご本人による変更であれば問題ありません。お心当たりがない場合は、ほかの誰かがアカウントに入っています。すぐに次のページを開き、ほかの端末をすべてサインアウトし、覚えのないパスキーと連携アカウントを削除してください。

    { $url }

    サインインできなくなっている場合は、このサイトの運営者にご連絡ください。
identity-ways-mail-about = パスキー・連携アカウント・パスワードが追加または削除されたときに送ります。
identity-ways-mail-what-about = 何が変わったかを表す一文
identity-ways-mail-what-example = パスキーが追加されました。今後はこのパスキーでもサインインできます。
identity-ways-mail-url-about = 変更を取り消せるページ
identity-ways-mail-url-example = https://conference.example.org/account/security
identity-way-passkey-added = パスキーが追加されました。今後はこのパスキーでもサインインできます。
identity-way-passkey-removed = パスキーが削除されました。今後このパスキーではサインインできません。
identity-way-linked = { $provider }のアカウントが連携されました。今後はこのアカウントでもサインインできます。
identity-way-unlinked = { $provider }のアカウントの連携が解除されました。今後このアカウントではサインインできません。
identity-way-password = パスワードが設定されました。今後はこのパスワードでもサインインできます。ほかの端末はすべてサインアウトされました。

## APIトークン

identity-tokens-lead = プログラムはトークンを使って、あなたの名前でAPIを利用します。一つのカンファレンスの中で、期限まで、あなたの権限の範囲でのみ使えます。
identity-tokens-none = トークンはありません。
identity-token-fresh = 新しいトークン
identity-token-fresh-lead = 今コピーしてください。二度と表示されません。
identity-token-copy = コピー
identity-token-new = トークンを作成
identity-token-name = 用途
identity-token-name-hint = 一覧で見分けるための名前です。例：「ロビーの案内表示」
identity-token-name-wrong = { $max }文字以内で名前を付けてください。
identity-token-conference = カンファレンス
identity-token-verb = できること
identity-token-reads = 読み取り
identity-token-writes = 読み取りと書き込み
identity-token-days = 有効期間（日数）
identity-token-days-wrong = 1日から{ $max }日の間で指定してください。
identity-token-issue = 作成する
identity-token-until = 有効期限
identity-token-over = 期限切れ
identity-token-unused = 未使用
identity-token-revoke = 無効にする
identity-token-revoked = トークンを無効にしました。
identity-token-no-team = トークンはカンファレンスの運営チームのメンバーだけが使えます。
identity-token-many = トークンはすでに{ $max }個あります。先にいくつか無効にしてください。
identity-token-only-api = このトークンはAPI専用です。
identity-token-only-reads = このトークンでは読み取りしかできません。
identity-token-elsewhere = このトークンは別のカンファレンスのものです。

## データの書き出しとアカウントの削除

identity-data-export = データの書き出し
identity-data-export-lead = このサイトがあなたについて保存しているすべての情報を、一つのファイル（JSON）で受け取れます。
identity-data-export-get = データをダウンロード
identity-delete = アカウントの削除
identity-delete-lead = あなたについて保存している情報と、その扱いは次のとおりです。削除は取り消せません。お名前が文字として書かれている場所（登壇者として、またチームのために作成したストリームキーや取り込みの記録）には残ります。変更はそのチームにご依頼ください。
identity-delete-obstacles = アカウントを削除する前に必要なこと：
identity-delete-chairless = { $conference } の実行委員長を別の人にするか、カンファレンスを削除してください。
identity-delete-ownerless = 別の人をこのサイトの所有者にしてください。
identity-delete-proof = 確認のため、メールアドレス（{ $email }）を入力してください
identity-delete-proof-wrong = アカウントのメールアドレスと一致しません。
identity-delete-now = アカウントを完全に削除する
identity-kept-what = 内容
identity-kept-count = 件数
identity-kept-fate = 扱い
identity-fate-deleted = 削除
identity-fate-anonymised = 匿名化
identity-kept-line = { $what }（{ $count }件）：{ $fate }
identity-kept-profile = お名前、メールアドレス、写真、設定
identity-kept-profile-why = アカウントのためだけに保存しています。
identity-kept-sessions = サインイン中の端末
identity-kept-sessions-why = すべての端末からサインアウトします。
identity-kept-teams = チームでの役割
identity-kept-teams-why = アカウントがなくなると、役割を持つ人がいなくなります。
identity-kept-invitations = あなたのアドレス宛ての招待
identity-kept-invitations-why = 承諾できる人がいなくなります。
identity-kept-emails = 以前のメールアドレス
identity-kept-emails-why = 変更を取り消せるように保存していました。
identity-kept-tokens = APIトークン
identity-kept-tokens-why = 使っているプログラムはすぐに利用できなくなります。
identity-kept-mails = あなた宛てのメール
identity-kept-mails-why = 送信の結果を確認するために保存していたものです。
identity-kept-audit = 監査ログの記録
identity-kept-audit-why = カンファレンスに何が行われたかは説明できるように残りますが、あなたが行ったことは分からなくなります。
identity-deleted = アカウントを削除しました
identity-deleted-lead = これは削除の控えです。{ $email } にもお送りしました。
identity-deleted-number = 削除したアカウントの番号：
identity-deleted-mail-subject = アカウントを削除しました
identity-deleted-mail-text =
    こんにちは。

    アカウントを削除しました。あなたについて保存していた情報の扱いは次のとおりです。

    { $lines }

    削除したアカウントの番号：{ $number }
identity-deleted-mail-about = アカウントを削除した方への控えです。
identity-deleted-mail-lines-about = 保存していた情報とその扱い（一行ずつ）
identity-deleted-mail-lines-example = APIトークン（2件）：削除
identity-deleted-mail-number-about = 削除したアカウントの番号
identity-deleted-mail-number-example = acc_06f0example

## パスキーとサイト全体の設定

identity-passkey = パスキー
identity-passkeys = パスキー
identity-passkeys-lead = パスキーを使うと、メールを待たずに、端末の指紋・顔・PINでサインインできます。
identity-passkeys-none = パスキーはまだありません。
identity-passkey-made = 作成日
identity-passkey-name = パスキーの名前
identity-passkey-name-hint = 一覧で見分けるための名前です。例：「自分のスマートフォン」
identity-passkey-add = パスキーを追加
identity-passkey-remove = 削除
identity-passkey-remove-sure = このパスキーを削除しますか？今後このパスキーではサインインできなくなります。
identity-passkey-removed = パスキーを削除しました。
identity-passkey-script = パスキーにはJavaScriptが必要です。メールのリンクはJavaScriptなしでも使えます。
identity-passkey-or = メールを使わずに：
identity-passkey-sign-in = パスキーでサインイン
identity-passkey-failed = この端末ではうまくいきませんでした。メールでサインインしてください。
identity-passkey-refused = このパスキーは受け付けられませんでした。もう一度お試しいただくか、メールでサインインしてください。
identity-passkey-unknown = このパスキーは登録されていません。メールでサインインし、アカウントで新しいパスキーを追加してください。
identity-passkey-known = このパスキーはすでに使われています。
identity-passkeys-many = パスキーが多すぎます。先に一つ削除してください。
identity-passkey-first = サインイン方法を変更するには、お持ちのパスキーでサインインしてください。
identity-passkey-needed = このサイトでは、チームのメンバーにパスキーが必要です。アカウントの「サインインと安全」で追加するか、お持ちのパスキーでサインインしてください。
identity-passkey-own-first = 先にご自分のアカウントにパスキーを追加するか、お持ちのパスキーでサインインしてください。
identity-kept-passkeys = パスキー
identity-kept-passkeys-why = 開けるものがなくなります。
identity-site = このサイト
identity-site-passkey-demand = チームのメンバーにパスキーを求める
identity-site-passkey-hint = メールだけでサインインした人は、パスキーを追加するか使うまで、チームの一員として扱われません。
identity-site-help = サインインの手助け
identity-site-help-lead = アカウントのメールアドレスにサインイン用リンクを送ります。リンクがあなたに表示されることはありません。
identity-site-help-send = リンクを送る
identity-link-sent = { $email } にサインイン用リンクを送りました。
identity-account-unknown = このアドレスのアカウントはありません。

## 外部のアカウントとパスワード

identity-providers = 外部のアカウント
identity-providers-lead = お持ちの外部アカウントでサインインできます。
identity-provider-sign-in = { $provider }でサインイン
identity-provider-link = { $provider }を連携する
identity-provider-link-now = 連携する
identity-provider-link-lead = 今後は{ $provider }の { $known } で、こちらのアカウント（{ $email }）にサインインできるようになります。
identity-provider-exists = { $email } のアカウントはすでにあります。ご本人であることを確かめるため、いつもの方法で一度サインインしてください。そのあと{ $provider }と連携できます。
identity-provider-other-lead = { $provider }から戻ったアカウントは、こちらでは別の方のものです。サインアウトし、{ $email } としてサインインすると連携できます。
identity-provider-other = 手続きを始めたときと別の方としてサインインしています。サインアウトして、はじめからやり直してください。
identity-provider-since = 連携日
identity-provider-remove = 連携を解除
identity-provider-remove-sure = { $provider }との連携を解除しますか？このアカウントではサインインできなくなります。
identity-provider-removed = 連携を解除しました。
identity-provider-done = 連携しました。次回からこのアカウントでサインインできます。
identity-provider-away = { $provider }が今は応答していません。しばらくしてからもう一度お試しいただくか、別の方法でサインインしてください。
identity-provider-failed = { $provider }でサインインできませんでした。もう一度お試しいただくか、別の方法でサインインしてください。
identity-provider-denied = { $provider }での手続きが取り消されました。もう一度お試しいただくか、別の方法でサインインしてください。
identity-provider-stale = { $provider }でのこのサインインは、別のブラウザーで始められたか、時間切れか、すでに使用済みです。はじめからやり直してください。
identity-provider-unverified = { $provider }であなたのメールアドレスが確認されていません。そちらでアドレスを確認するか、別の方法でサインインしてから、アカウントのページで{ $provider }を連携してください。
identity-provider-linked = { $provider }のこのアカウントは、すでに連携済みです。
identity-provider-taken = { $provider }のこのアカウントは、ほかのアカウントと連携されています。
identity-provider-many = 連携できるアカウントの数を超えています。先にどれかを解除してください。
identity-provider-offer-gone = 時間切れか、すでに完了しています。はじめからやり直してください。
identity-provider-last = 確実に使えると分かっているサインイン方法は、これだけです。メールのリンクで一度サインインするか、パスキーを追加してから解除してください。
identity-proof-old = サインイン方法を変更するには、もう一度サインインしてください（15分以内のサインインが必要です）。
identity-proof-delete = アカウントを削除するには、もう一度サインインしてください（15分以内のサインインが必要です）。
identity-proof-sign-in = もう一度サインイン
identity-proof-again = ご本人であることを確かめるため、もう一度サインインしてください。
identity-password = パスワード
identity-password-or = パスワードでもサインインできます。
identity-password-sign-in = パスワードでサインイン
identity-password-forgotten = お忘れの場合はリンクを送る
identity-password-wrong = メールアドレスとパスワードの組み合わせが正しくありません。両方をご確認いただくか、リンクをお送りください。
identity-password-none = パスワードは設定されていません。
identity-password-since = 設定日
identity-password-present = 現在のパスワード
identity-password-present-wrong = 現在のパスワードが違います。
identity-password-new = 新しいパスワード
identity-password-hint = { $min }文字以上にしてください。互いに関係のない言葉をいくつか並べるのがおすすめです。ほかの端末はすべてサインアウトされます。
identity-password-save = このパスワードにする
identity-password-saved = パスワードを設定しました。ほかの端末はすべてサインアウトされました。
identity-password-short = { $min }文字以上にしてください。
identity-password-long = { $max }文字以内にしてください。
identity-password-common = 真っ先に試されるようなパスワードです。別のものにしてください。
identity-site-ways = サインインの方法
identity-site-password = パスワードを使えるようにする
identity-site-password-hint = メールのリンク、パスキー、外部のアカウントに加えて使えます。各自が「サインインとセキュリティ」で設定します。
identity-kept-identities = サインインに使う外部のアカウント
identity-kept-identities-why = 開けるものがなくなります。
identity-kept-password = パスワード（ハッシュ値）
identity-kept-password-why = 開けるものがなくなります。

## 監査ログに残る操作

identity-did-account-delete = アカウントを削除
identity-did-account-email = メールアドレスを変更
identity-did-account-email-undo = メールアドレスの変更を取り消し
identity-did-account-link = サインイン用リンクを送信
identity-did-alarm-acknowledge = アラームへの対応を表明
identity-did-audience-add = 視聴できる人を追加
identity-did-audience-remove = 視聴できる人を削除
identity-did-audience-rule = 視聴できる人の条件を変更
identity-did-caption-put = 字幕を変更
identity-did-chat-remove = チャットの投稿を削除
identity-did-conference-copy = カンファレンスを複製
identity-did-conference-delete = カンファレンスを削除
identity-did-conference-lifecycle = カンファレンスの状態を変更
identity-did-conference-restore = カンファレンスを復元
identity-did-conference-settle = カンファレンスの設定を変更
identity-did-conference-theme = デザインを変更
identity-did-golive-begin = ブラウザーからの配信を開始
identity-did-golive-end = ブラウザーからの配信を終了
identity-did-invitation-resend = 招待を再送
identity-did-invitation-revoke = 招待を取り消し
identity-did-invitation-send = メンバーを招待
identity-did-letter-reset = メールの文面を元に戻す
identity-did-letter-word = メールの文面を変更
identity-did-mail-resend = メールを再送
identity-did-mail-resend-all = 断念したメールをすべて再送
identity-did-member-join = チームに参加
identity-did-member-leave = チームから離脱
identity-did-member-remove = メンバーを外す
identity-did-member-restore = メンバーを元に戻す
identity-did-member-roles = メンバーの役割を変更
identity-did-onair-auto = 放送内容をタイムテーブルに任せる
identity-did-onair-hold = 放送内容を固定
identity-did-onair-put = セッションを放送に乗せる
identity-did-page-add = ページを追加
identity-did-page-change = ページを変更
identity-did-page-order = ページの順序を変更
identity-did-page-remove = ページを削除
identity-did-passkey-add = パスキーを追加
identity-did-passkey-remove = パスキーを削除
identity-did-password-set = パスワードを設定
identity-did-programme-import = プログラムをインポート
identity-did-provider-link = 外部のアカウントを連携
identity-did-provider-unlink = 外部のアカウントの連携を解除
identity-did-site-settings = サイトの設定を変更
identity-did-slate-bring = スレート・クリップを追加
identity-did-slate-change = スレート・クリップを変更
identity-did-slate-in-breaks = 休憩中に流すものを変更
identity-did-slate-move = スレート・クリップを並べ替え
identity-did-slate-remove = スレート・クリップを削除
identity-did-speaker-add = 登壇者を追加
identity-did-speaker-bin = 登壇者をごみ箱へ移動
identity-did-speaker-edit = 登壇者を変更
identity-did-speaker-release = 登壇者をインポート元の内容に戻す
identity-did-speaker-restore = 登壇者をごみ箱から復元
identity-did-studio-input = 入力を切り替え
identity-did-talk-add = セッションを追加
identity-did-talk-bin = セッションをごみ箱へ移動
identity-did-talk-cancel = セッションを中止
identity-did-talk-edit = セッションを変更
identity-did-talk-hide = セッションを非公開にする
identity-did-talk-plan = セッションを再び公開
identity-did-talk-release = セッションをインポート元の内容に戻す
identity-did-talk-restore = セッションをごみ箱から復元
identity-did-token-issue = APIトークンを発行
identity-did-token-revoke = APIトークンを無効化
identity-did-caption-key-revoke = 字幕キーを無効化
identity-did-caption-key-rotate = 字幕キーを交換
identity-did-caption-language-add = 字幕の言語を追加
identity-did-caption-language-remove = 字幕の言語を削除
identity-did-encoder-test-make = エンコーダーテストを作成
identity-did-encoder-test-revoke = エンコーダーテストを終了
identity-did-stream-key-revoke = ストリームキーを無効化
identity-did-stream-key-rotate = ストリームキーを交換
identity-did-conference-look = デザインの画像を変更
identity-did-conference-look-describe = デザインの画像の説明を変更
identity-did-conference-look-remove = デザインの画像を削除
identity-did-conference-switch-cancel = 予定した状態変更を取り消し
identity-did-conference-switch-plan = 状態変更を予約
identity-did-talk-slides-add = スライドを追加
identity-did-talk-slides-bin = スライドをごみ箱へ移動
identity-did-talk-slides-restore = スライドをごみ箱から復元
