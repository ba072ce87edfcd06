using System.CommandLine;
using System.Net;
using FineWebTorch.Common;
using FineWebTorch.Telemetry.Logs;
using FineWebTorch.Worker.Rpc;
using FineWebTorch.Worker.Devices;

namespace FineWebTorch.Worker.Commands;

/// <summary>What <c>worker</c> without a command was asked to do.</summary>
internal sealed record WorkerOptions
{
    public DeviceChoice Device { get; init; } = new();

    /// <summary>Null where none was named: then one is searched for.</summary>
    public CoordinatorAddresses? Coordinator { get; init; }

    /// <summary>The same, read as addresses that a token is for.</summary>
    public CoordinatorAddresses? Encrypted { get; init; }

    /// <summary>Lets this worker in; null where it has none.</summary>
    public JoinToken? Join { get; init; }

    /// <summary>The way to the coordinator; null for the direct one.</summary>
    public ProxyAddress? Proxy { get; init; }

    /// <summary>Folder for models, and for files while they are in use.</summary>
    public string Cache { get; init; } = ProgramFolders.Cache;

    public TimeSpan GiveUpAfter { get; init; }

    /// <summary>Whether to wait for a coordinator that is not there.</summary>
    public bool Wait { get; init; } = true;

    public bool Stay { get; init; }

    public LogOptions Log { get; init; } = new();

    /// <summary>Where metrics are served; null for nowhere.</summary>
    public IPEndPoint? Metrics { get; init; }

    /// <summary>Which who asks for them has to bring; null for nobody.</summary>
    public Secret? MetricsToken { get; init; }

    /// <summary>Not only those next to the GPU.</summary>
    public bool AllCores { get; init; }

    /// <summary>Whether the end of standard input ends this worker.</summary>
    public bool EndWithInput { get; init; }

    /// <summary>Of an orderly end that was asked for by a signal or a notice.</summary>
    public int SignalExitCode { get; init; }

    /// <summary>As <see cref="Spot.SpotNotice"/> takes it.</summary>
    public string SpotNotice { get; init; } = Spot.SpotNotice.Off;

    /// <summary>What follows from all options together; see <see cref="CommandTable{T}.Finish"/>.</summary>
    public WorkerOptions Finish(ICollection<string> violations)
    {
        if (Join is not null && Coordinator is null)
            violations.Add("--join: give the address too, --coordinator https://HOST:PORT");
        if (Metrics is { Port: > 0 } && Device.AllGpus)
            violations.Add("--metrics: one port is not enough for --gpu all; give a worker for each GPU its own");
        if (Log.Place is { } place && Device.AllGpus && !Directory.Exists(place) && !Path.EndsInDirectorySeparator(place))
            violations.Add("--log-file: one file is not enough for --gpu all; name a folder, in which each worker has one");
        if (Metrics is not null && !IPAddress.IsLoopback(Metrics.Address) && MetricsToken is null)
            violations.Add("--metrics: where other machines reach it, give --metrics-token too");
        return Join is { } token && (!token.IsOwner || token.Pin is not null) ? this with { Coordinator = Encrypted } : this;
    }
}

/// <summary><c>worker</c> itself, which works for a coordinator, and the commands below it.</summary>
internal static class WorkerCommand
{
    private static IReadOnlyList<Setting<WorkerOptions>> Settings { get; } =
    [
        .. CommonOptions.Device<WorkerOptions>(
            options => options.Device, (options, device) => options with { Device = device }),
        new("--coordinator", "URL",
            "Where the coordinator listens, as https://head:5090; of several, such as a:5090,b:5090, the first that " +
            "answers [default: one that runs in this folder, or as this user, else the one that was joined last]",
            Default: null, (options, text) => options with
            {
                Coordinator = CoordinatorAddresses.Parse(text),
                Encrypted = CoordinatorAddresses.Parse(text, encrypts: true),
            })
        {
            Group = OptionGroup.Workers,
        },
        new("--join", "TOKEN",
            "Join the coordinator by this token, or the one in @FILE; where others must not see it, give the variable " +
            "FINEWEB_JOIN [default: what this machine has joined before]",
            Default: null, (options, text) => options with { Join = JoinToken.ParseOption(text) })
        {
            Group = OptionGroup.Workers,
            IsSecret = true,
        },
        new("--proxy", "URL",
            "Reach the coordinator through this HTTP proxy; http_proxy and its like are for the Hub alone [default: none]",
            Default: null, (options, text) => options with { Proxy = ParseProxy(text) })
        {
            Group = OptionGroup.Workers,
        },
        new("--cache", "DIR", "Folder for models, and for files while they are in use [default: ~/.cache/fineweb]",
            Default: null, (options, text) => options with { Cache = Path.GetFullPath(OptionText.NotEmpty(text)) })
        {
            Group = OptionGroup.Workers,
            Paths = PathKind.Folder,
        },
        new("--give-up-after", "TIME",
            "End, with exit code 4, when nothing has been heard of a coordinator for so long", "30m",
            (options, text) => options with { GiveUpAfter = OptionText.Duration(text) })
        {
            Group = OptionGroup.Workers,
        },
        new("--metrics", "ADDR:PORT", "Serve metrics for Prometheus at http://ADDR:PORT/metrics [default: nowhere]",
            Default: null, (options, text) => options with { Metrics = OptionText.Address(text) })
        {
            Group = OptionGroup.Console,
        },
        new("--metrics-token", "TOKEN",
            "What who asks for metrics has to bring (Authorization: Bearer TOKEN), or the file that it is in, @FILE; on an " +
            "address of this machine alone none is needed [default: none]",
            Default: null, (options, text) => options with { MetricsToken = OptionText.Secret(text) })
        {
            Group = OptionGroup.Console,
            IsSecret = true,
        },
        .. LogOptions.Of<WorkerOptions>(options => options.Log, (options, log) => options with { Log = log }),
        Flag("--no-wait", "End at once, with exit code 4, when the coordinator is interrupted or is not there",
            options => options with { Wait = false }),
        Flag("--all-cores", "Run on all cores, not only on those next to the GPU",
            options => options with { AllCores = true }),
        Flag("--stay", "Wait for the next run when one is over", options => options with { Stay = true }),
        new("--signal-exit-code", "N",
            "Exit code of an orderly end that a signal or a spot notice has asked for: 143, for example, tells who starts " +
            "another for each that fails that this one is not done", "0",
            (options, text) => options with { SignalExitCode = OptionText.Whole(text, 0, 255) })
        {
            Group = OptionGroup.Workers,
        },
        Setting.OneOf<WorkerOptions>(
            "--spot-notice", "CLOUD",
            "End in order when the machine is about to be taken away, as its cloud's metadata service says, asked every 5 " +
            "seconds: aws, gcp, azure, or auto for the one that answers at the start",
            [Spot.SpotNotice.Off, Spot.SpotNotice.Auto, .. Spot.SpotCloud.Names],
            (options, text) => options with { SpotNotice = text }) with
        {
            Group = OptionGroup.Workers,
        },
        Flag("--end-with-stdin",
            "End when standard input ends: with the program or the ssh that started this worker",
            options => options with { EndWithInput = true }),
    ];

    public static RootCommand Create() => Create((device, inFlight) => new EduModelLoader(device, inFlight));

    /// <param name="loaders">Of the models that a coordinator's runs need.</param>
    public static RootCommand Create(ModelLoaderFactory loaders) =>
        new CommandTable<WorkerOptions>(
            Settings, (options, context, stop) => RemoteScoring.RunAsync(options, loaders, context, stop))
        {
            Examples =
            [
                "worker --gpu 0",
                "FINEWEB_JOIN=TOKEN worker --gpu 0 --coordinator https://head:5090",
                "worker score documents.parquet --rows 100",
            ],
            Finish = (options, _, violations) => options.Finish(violations),
        }.Complete(new RootCommand(
            "Scores documents with the FineWeb-Edu classifier: for a coordinator, or, by its commands, alone")
        {
            ScoreCommand.Create(),
            TokenizeCommand.Create(),
            InfoCommand.Create(),
            CheckCommand.Create(),
            ForgetCommand.Create(),
        });

    private static ProxyAddress ParseProxy(string text) =>
        ProxyAddress.TryParse(text) is { Address.Scheme: "http" } proxy ? proxy : throw new FormatException(
            "not an HTTP proxy's address; write it like http://proxy:3128 or http://NAME:PASSWORD@proxy:3128");

    private static Setting<WorkerOptions> Flag(
        string name, string description, Func<WorkerOptions, WorkerOptions> set) =>
        Setting.Flag(name, description, set) with { Group = OptionGroup.Workers };
}
