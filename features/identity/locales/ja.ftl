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
identity-sent-again = 届きませんか？迷惑メールフォルダを確認するか、もう一度リンクを送ってください
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

identity-required = 必須
identity-list-comma = 、
identity-you = 自分
identity-roles = 役割
identity-roles-empty = 役割を一つ以上選んでください。
identity-roles-of = { $name } さんの役割
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
identity-role-hint-contents = プログラム全般：講演、登壇者、タイムテーブル、ページ、メール。
identity-role-hint-broadcast = 講演をオンエアし、映像と音声を見守ります。
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
identity-member-remove-sure = { $name } さんをチームから外しますか？すべての役割がすぐになくなり、開いている接続も切れます。
identity-member-changed = 他の人がこのメンバーの役割を変更しました。現在の内容を下で確認し、もう一度変更してください。
identity-last-chair = カンファレンスには実行委員長が必要です。先に別の人を実行委員長にしてください。
identity-invite = メンバーを招待
identity-invite-lead = 一度だけ使えるリンクをメールで送ります。7日間、このメールアドレスの人だけが使えます。
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
identity-audit-search = 検索
identity-audit-who = 人
identity-audit-everybody = 全員
identity-audit-act = 操作
identity-audit-everything = すべて
identity-audit-from = 開始日
identity-audit-to = 終了日
identity-audit-find = 絞り込む
identity-audit-all = すべて表示
identity-audit-none = 該当する記録はありません。
identity-audit-difference = 変更内容
identity-audit-field = 項目
identity-audit-before = 変更前
identity-audit-after = 変更後
identity-audit-trace = トレース
identity-audit-older = 以前の記録
identity-account-gone = 削除されたアカウント
