using System.CommandLine;
using System.Globalization;
using FineWebTorch.Common;
using FineWebTorch.Coordinator.Access;
using FineWebTorch.Coordinator.Console;
using FineWebTorch.Coordinator.Control;
using FineWebTorch.Coordinator.Options;
using FineWebTorch.Coordinator.Running;

namespace FineWebTorch.Coordinator.Commands;

/// <summary><c>coordinator token</c>: who may join, also while a coordinator is at work.</summary>
internal static class TokenCommandLine
{
    private static readonly string[] Actions = ["show", "add", "revoke", "web"];

    private static IReadOnlyList<Setting<TokenRequest>> Settings { get; } =
    [
        new("ACTION", "ACTION",
            "show: the line by which a machine joins, and all tokens; add: make one more, which is shown this once; " +
            "revoke: nobody joins by it any more, and machines that have are turned away; web: a link that lets one browser " +
            "watch the run", Actions[0],
            (request, text) => request with { Action = OptionText.OneOf(text, Actions) })
        {
            Words = Actions,
        },
        new("NAME", "NAME", "Of the token to add or to revoke", Default: null,
            (request, text) => request with { Name = OptionText.NotEmpty(text) }),
        StatusCommandLine.RunSetting<TokenRequest>((request, folder) => request with { Run = folder }),
        AccessOptions.FolderSetting<TokenRequest>((request, folder) => request with { Access = folder }),
        new("--expires", "TIME", "Of one that is added: machines may join by it for so long [default: always]",
            Default: null, (request, text) => request with { Lasts = OptionText.Duration(text) })
        {
            Group = OptionGroup.Workers,
        },
        new("--uses", "N", "Of one that is added: so many machines may join by it [default: any number]", Default: null,
            (request, text) => request with { Uses = OptionText.Whole(text, 1, int.MaxValue) })
        {
            Group = OptionGroup.Workers,
        },
    ];

    public static Command Create(TextWriter output, TimeProvider time) => new CommandTable<TokenRequest>(
        Settings, async (request, _, interrupted) => request.Action == "web"
            ? await InviteAsync(request, output, interrupted)
            : Run(request, output, time))
    {
        Finish = (request, _, violations) =>
        {
            if (request is { Action: "revoke", Name: null })
                violations.Add("revoke: give the NAME of the token, as 'coordinator token show' lists it");
            if (request.Action != "add" && (request.Lasts is not null || request.Uses is not null))
                violations.Add("--expires and --uses belong to a token that is added: coordinator token add");
            return request;
        },
        Examples =
        [
            "coordinator token show", "coordinator token add cluster-b --expires 2d --uses 100",
            "coordinator token revoke cluster-b", "coordinator token web",
        ],
    }.Complete(new Command("token", "Show, add or revoke the tokens by which workers on other machines join a run; let a browser watch it"));

    private static async Task<int> InviteAsync(
        TokenRequest request, TextWriter output, CancellationToken interrupted)
    {
        using var client = new ControlClient(new ControlCall { Run = request.Folder() }.LiveFolder());
        var answer = await client.InviteAsync(interrupted);
        if (answer.Refusal is { } refusal)
            throw new UserErrorException(refusal);
        output.WriteLine(answer.Done[0]);
        return ExitCode.Success;
    }

    private static int Run(TokenRequest request, TextWriter output, TimeProvider time)
    {
        var run = request.Access is null ? request.Folder() : request.Run;
        var folder = request.Access is { } named ? new AccessFolder(named) : AccessFolder.OfRun(run);
        if (!File.Exists(folder.Records))
            throw new UserErrorException(
                $"{folder.Path}: no join tokens: 'coordinator run' makes them when it starts to listen on an address that " +
                "other machines reach, without --insecure; workers of its own user on its machine need none");
        var tokens = new JoinTokens(folder, time);
        var address = AddressOf(run);
        switch (request.Action)
        {
            case "add":
                output.WriteLine(JoinText.Line(tokens.Add(request.Name, request.Lasts, request.Uses), address));
                break;
            case "revoke":
                tokens.Revoke(request.Name!);
                output.WriteLine($"'{request.Name}' is revoked: who joined by it is turned away");
                break;
            default:
                Show(folder, address, output, time.GetUtcNow());
                break;
        }

        return ExitCode.Success;
    }

    private static void Show(AccessFolder folder, string address, TextWriter output, DateTimeOffset now)
    {
        if (PrivateFile.TryRead(folder.Join) is { } word)
            output.WriteLine(JoinText.Line(JoinToken.Parse(word), address));
        var records = folder.Read();
        foreach (var token in records.Tokens)
            output.WriteLine(Describe(token, now));
    }

    private static string Describe(TokenRecord token, DateTimeOffset now) => token.FaultAt(now) is { } fault
        ? $"{token.Name}: {fault}"
        : string.Create(
            CultureInfo.InvariantCulture,
            $"{token.Name}: {NumberText.Count(token.Used, "machine")} joined by it" +
            $"{(token.Uses is { } uses ? $", of {NumberText.Count(uses)} at most" : "")}" +
            $"{(token.Expires is { } end ? $"; until {end:yyyy-MM-dd HH:mm:ss} UTC" : "")}");

    /// <summary>Where its coordinator listens, or a place to write that in.</summary>
    private static string AddressOf(string run) =>
        run.Length > 0 && CoordinatorNotice.Find(run, userFolder: "") is [var notice, ..]
            ? JoinText.Authority(notice.Address)
            : "https://HOST:5090";

    private sealed record TokenRequest
    {
        public string Action { get; init; } = "";

        public string? Name { get; init; }

        public string Run { get; init; } = "";

        public string? Access { get; init; }

        public TimeSpan? Lasts { get; init; }

        public int? Uses { get; init; }

        public string Folder() => Run.Length > 0
            ? Path.GetFullPath(Run)
            : RunFinder.Newest(Environment.CurrentDirectory, System.Console.Error.WriteLine);
    }
}
