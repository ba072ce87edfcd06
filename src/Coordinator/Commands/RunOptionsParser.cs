using System.Globalization;
using System.Net;
using FineWebTorch.Cli;
using FineWebTorch.Coordinator.Publishing;
using FineWebTorch.Coordinator.Running;
using FineWebTorch.Coordinator.Shards;
using FineWebTorch.Hub;
using FineWebTorch.Model;
using Dtype = FineWebTorch.Protos.V1.Dtype;

namespace FineWebTorch.Coordinator.Commands;

/// <summary>Checks all options at once: every violation is in the one message.</summary>
internal sealed class RunOptionsParser
{
    private const int MaxWindowRows = 1 << 20;
    private readonly List<string> _violations = [];

    private RunOptionsParser()
    {
    }

    /// <exception cref="UserErrorException">At least one option is wrong; the message names each.</exception>
    public static RunOptions Parse(RunArguments arguments)
    {
        var parser = new RunOptionsParser();
        var options = parser.Read(arguments);
        return parser._violations.Count == 0
            ? options
            : throw new UserErrorException(string.Join("; ", parser._violations), ExitCode.Usage);
    }

    private RunOptions Read(RunArguments typed)
    {
        var identity = ReadIdentity(typed);
        CheckColumns(identity);
        var listen = Address(typed.Listen ?? RunDefaults.Listen);
        if (!IPAddress.IsLoopback(listen.Address) && !typed.Insecure)
            _violations.Add(
                $"--listen {typed.Listen}: anyone who reaches this address could take part in the run, unencrypted; " +
                "--insecure allows it on a network you trust");
        return new RunOptions(
            identity,
            typed.Input ?? RunDefaults.Input,
            typed.Model ?? RunDefaults.Model,
            Path.GetFullPath(typed.Run ?? Path.Combine(RunDefaults.RunsFolder, identity.Digest)),
            listen,
            typed.Insecure,
            (int)Number("--local-workers", typed.LocalWorkers, 0, 1024),
            typed.DryRun,
            typed.Json,
            Duration("--heartbeat-timeout", typed.HeartbeatTimeout ?? RunDefaults.HeartbeatTimeout),
            ReadPublish(typed, identity));
    }

    private RunIdentity ReadIdentity(RunArguments typed) => new(
        Place("--input", typed.Input ?? RunDefaults.Input),
        OutputPlace(typed),
        ModelName(typed.Model ?? RunDefaults.Model),
        Keep(typed.Keep ?? RunDefaults.Keep),
        DtypeOf(typed.Dtype ?? RunDefaults.Dtype),
        typed.TokenBudget == "auto" ? 0 : (int)Number("--token-budget", typed.TokenBudget, 16, 1 << 24, absent: 0),
        (int)Number("--window-rows", typed.WindowRows ?? RunDefaults.WindowRows, 1, MaxWindowRows),
        Column("--text-column", typed.TextColumn ?? RunDefaults.TextColumn),
        Column("--score-column", typed.ScoreColumn ?? RunDefaults.ScoreColumn),
        Column("--int-score-column", typed.IntScoreColumn ?? RunDefaults.IntScoreColumn),
        OneOf("--on-existing-score", typed.OnExistingScore ?? RunDefaults.OnExistingScore, "error", "replace")
            == "replace",
        OneOf("--layout", typed.Layout ?? RunDefaults.Layout, "numbered", "mirror") == "mirror"
            ? ShardLayout.Mirror
            : ShardLayout.Numbered,
        Number("--rows-per-file", typed.RowsPerFile, 1, long.MaxValue, absent: 0),
        (int)Number("--files", typed.Files, 1, int.MaxValue, absent: 0));

    private PublishOptions ReadPublish(RunArguments typed, RunIdentity identity)
    {
        (string Name, bool Given)[] forHub =
        [
            ("--revision", typed.Revision is not null), ("--commit-message", typed.CommitMessage is not null),
            ("--private", typed.Private), ("--create-pr", typed.CreatePr), ("--overwrite", typed.Overwrite),
            ("--allow-missing", typed.AllowMissing),
        ];
        if (!HubPaths.IsHub(identity.Output))
            _violations.AddRange(forHub.Where(option => option.Given)
                .Select(option => $"{option.Name}: only for an --output on the Hub, hf://datasets/owner/name"));
        if (typed.CommitMessage is { } message && string.IsNullOrWhiteSpace(message))
            _violations.Add("--commit-message: must not be empty");
        return new PublishOptions(
            typed.CreatePr, typed.Private, typed.CommitMessage, typed.Overwrite, typed.AllowMissing);
    }

    private string OutputPlace(RunArguments typed)
    {
        var output = Place("--output", typed.Output ?? RunDefaults.Output);
        if (!HubPaths.IsHub(output) || !HubPath.LooksLikeOne(output) || _violations.Exists(IsOfOutput))
            return output;
        var place = HubPath.Parse(output);
        if (place.Repository.Kind != RepositoryKind.Dataset || place.Path.Length > 0)
            _violations.Add($"--output {typed.Output}: must be a dataset, hf://datasets/owner/name[@revision]");
        if (typed.Revision is not { } revision)
            return output;
        if (place.Revision is not null && place.Revision != revision)
            _violations.Add($"--revision {revision}: --output names {place.Revision}");
        return (place with { Revision = revision }).ToString();

        static bool IsOfOutput(string violation) => violation.StartsWith("--output ", StringComparison.Ordinal);
    }

    private void CheckColumns(RunIdentity identity)
    {
        string[] names = [identity.TextColumn, identity.ScoreColumn, identity.IntScoreColumn];
        if (names.Distinct(StringComparer.OrdinalIgnoreCase).Count() < names.Length)
            _violations.Add("--text-column, --score-column and --int-score-column must be three different names");
    }

    private long Number(string option, string? text, long least, long most, long absent = 0)
    {
        if (text is null)
            return absent;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) &&
            number >= least && number <= most)
            return number;
        var range = most is long.MaxValue or int.MaxValue ? $"of at least {least}" : $"from {least} to {most}";
        _violations.Add($"{option} {text}: must be a whole number {range}");
        return absent;
    }

    private TimeSpan Duration(string option, string text)
    {
        if (Durations.TryParse(text, out var duration) && duration >= TimeSpan.FromMilliseconds(100))
            return duration;
        _violations.Add($"{option} {text}: must be a duration of at least 100ms, for example 45s or 2m");
        return TimeSpan.FromSeconds(1);
    }

    private string OneOf(string option, string text, params string[] allowed)
    {
        if (!allowed.Contains(text, StringComparer.Ordinal))
            _violations.Add($"{option} {text}: must be {string.Join(" or ", allowed)}");
        return text;
    }

    private string Column(string option, string text)
    {
        if (text.Length == 0)
            _violations.Add($"{option}: must not be empty");
        return text;
    }

    private KeepRule Keep(string text)
    {
        if (!KeepRules.TryParse(text, out var rule))
            _violations.Add($"--keep {text}: must be int3 (int>=3), raw3 (raw>=3), raw2.5 (raw>=2.5) or all");
        return rule;
    }

    private Dtype DtypeOf(string text)
    {
        if (!Dtypes.TryParse(text, out var dtype))
            _violations.Add($"--dtype {text}: must be fp32, fp16, bf16 or auto");
        return dtype;
    }

    private IPEndPoint Address(string text)
    {
        const string localhost = "localhost:";
        var address = text.StartsWith(localhost, StringComparison.OrdinalIgnoreCase)
            ? $"127.0.0.1:{text[localhost.Length..]}"
            : text;
        // Without a port the whole text would be taken for an address.
        if (address.Contains(':', StringComparison.Ordinal) && !address.EndsWith(']') &&
            IPEndPoint.TryParse(address, out var endpoint) &&
            address.EndsWith($":{endpoint.Port}", StringComparison.Ordinal))
            return endpoint;
        _violations.Add($"--listen {text}: must be ADDRESS:PORT, for example 127.0.0.1:5090 or [::1]:5090");
        return new IPEndPoint(IPAddress.Loopback, 0);
    }

    /// <summary>Paths and pages of the Hub as hf:// paths, others absolute.</summary>
    private string Place(string option, string path)
    {
        if (!HubPath.LooksLikeOne(path))
            return FullPath(path);
        try
        {
            return HubPath.Parse(path).ToString();
        }
        catch (HubPathException exception)
        {
            _violations.Add($"{option} {exception.Message}");
            return path;
        }
    }

    private static string FullPath(string path) =>
        Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));

    private static string ModelName(string model) => Directory.Exists(model) ? FullPath(model) : model;
}
