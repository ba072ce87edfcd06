using System.CommandLine;
using FineWebTorch.Common;
using FineWebTorch.Model;

namespace FineWebTorch.Worker.Commands;

/// <summary><c>worker</c> itself, which works for a coordinator, and the commands below it.</summary>
internal static class WorkerCommand
{
    private const string CoordinatorVariable = "FINEWEB_COORDINATOR";
    private const string DefaultCoordinator = "http://127.0.0.1:5090";

    private static readonly Option<string?> Device = CommonOptions.Device();
    private static readonly Option<int?> Gpu = CommonOptions.Gpu();
    private static readonly Option<int?> Threads = CommonOptions.Threads();
    private static readonly Option<string> Kernels = CommonOptions.Kernels();

    private static readonly Option<string?> Coordinator = new("--coordinator")
    {
        Description = $"Where the coordinator listens (default: {CoordinatorVariable}, else {DefaultCoordinator})",
        HelpName = "URL",
    };

    private static readonly Option<string?> Cache = new("--cache")
    {
        Description = "Folder for models, and for files while they are in use (default: ~/.cache/fineweb)",
        HelpName = "DIR",
    };

    private static readonly Option<string> GiveUpAfter = new("--give-up-after")
    {
        Description = "End when nothing has been heard of a coordinator for so long",
        HelpName = "TIME",
        DefaultValueFactory = _ => "30m",
    };

    private static readonly Option<bool> Stay = new("--stay")
    {
        Description = "Wait for the next run when one is over",
    };

    public static RootCommand Create()
    {
        var root = new RootCommand(
            "Scores documents with the FineWeb-Edu classifier: for a coordinator, or, by its commands, alone")
        {
            ScoreCommand.Create(), TokenizeCommand.Create(), InfoCommand.Create(),
            Device, Gpu, Coordinator, Threads, Kernels, Cache, GiveUpAfter, Stay,
        };
        root.SetAction((parsed, cancellation) => RemoteScoring.RunAsync(Parse(parsed), cancellation));
        return root;
    }

    private static WorkerOptions Parse(ParseResult parsed) => new(
        CommonOptions.DeviceName(parsed.GetValue(Device), parsed.GetValue(Gpu)),
        parsed.GetValue(Threads),
        parsed.GetValue(Kernels)!,
        ParseCoordinator(parsed.GetValue(Coordinator) ?? Variable(CoordinatorVariable) ?? DefaultCoordinator),
        Path.GetFullPath(parsed.GetValue(Cache) ?? ProgramFolders.Cache),
        Durations.Parse("--give-up-after", parsed.GetValue(GiveUpAfter)!),
        parsed.GetValue(Stay));

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

/// <summary>What <c>worker</c> without a command was asked to do.</summary>
/// <param name="Device">As the model part names devices.</param>
/// <param name="Kernels">One of <see cref="KernelChoice.Names"/>.</param>
/// <param name="Cache">For models, and for files while they are in use.</param>
internal sealed record WorkerOptions(
    string Device, int? Threads, string Kernels, Uri Coordinator, string Cache, TimeSpan GiveUpAfter, bool Stay);
