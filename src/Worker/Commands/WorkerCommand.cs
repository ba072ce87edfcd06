using System.CommandLine;
using FineWebTorch.Common;

namespace FineWebTorch.Worker.Commands;

/// <summary>What <c>worker</c> without a command was asked to do.</summary>
internal sealed record WorkerOptions
{
    public DeviceChoice Device { get; } = new();

    public Uri Coordinator { get; set; } = null!;

    /// <summary>Folder for models, and for files while they are in use.</summary>
    public string Cache { get; set; } = "";

    public TimeSpan GiveUpAfter { get; set; }

    public bool Stay { get; set; }
}

/// <summary><c>worker</c> itself, which works for a coordinator, and the commands below it.</summary>
internal static class WorkerCommand
{
    private const string CoordinatorVariable = "FINEWEB_COORDINATOR";
    private const string DefaultCoordinator = "http://127.0.0.1:5090";

    private static OptionTable<WorkerOptions> Options => new()
    {
        { CommonOptions.Device(), (options, name) => options.Device.Name = name },
        { CommonOptions.Gpu(), (options, number) => options.Device.Gpu = number },
        {
            new Option<string?>("--coordinator")
            {
                Description =
                    $"Where the coordinator listens (default: {CoordinatorVariable}, else {DefaultCoordinator})",
                HelpName = "URL",
            },
            (options, url) => options.Coordinator =
                ParseCoordinator(url ?? Variable(CoordinatorVariable) ?? DefaultCoordinator)
        },
        { CommonOptions.Threads(), (options, threads) => options.Device.Threads = threads },
        { CommonOptions.Kernels(), (options, kernels) => options.Device.Kernels = kernels },
        {
            new Option<string?>("--cache")
            {
                Description = "Folder for models, and for files while they are in use (default: ~/.cache/fineweb)",
                HelpName = "DIR",
            },
            (options, folder) => options.Cache = Path.GetFullPath(folder ?? ProgramFolders.Cache)
        },
        {
            new Option<string>("--give-up-after")
            {
                Description = "End when nothing has been heard of a coordinator for so long",
                HelpName = "TIME",
                DefaultValueFactory = _ => "30m",
            },
            (options, time) => options.GiveUpAfter = Durations.Parse("--give-up-after", time)
        },
        {
            new Option<bool>("--stay") { Description = "Wait for the next run when one is over" },
            (options, stay) => options.Stay = stay
        },
    };

    public static RootCommand Create() => Options.Complete(
        new RootCommand(
            "Scores documents with the FineWeb-Edu classifier: for a coordinator, or, by its commands, alone")
        {
            ScoreCommand.Create(),
            TokenizeCommand.Create(),
            InfoCommand.Create(),
        },
        RemoteScoring.RunAsync);

    private static Uri ParseCoordinator(string text)
    {
        var isUri = Uri.TryCreate(text, UriKind.Absolute, out var uri);
        if (isUri && uri!.Scheme == Uri.UriSchemeHttps)
            throw new UserErrorException(
                $"--coordinator {text}: TLS is not supported yet; use http://", ExitCode.Usage);
        return isUri && uri!.Scheme == Uri.UriSchemeHttp && uri.PathAndQuery == "/"
            ? uri
            : throw new UserErrorException(
                $"--coordinator {text}: not an address; write it like {DefaultCoordinator}", ExitCode.Usage);
    }

    private static string? Variable(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
