using System.CommandLine;
using FineWebTorch.Common;
using FineWebTorch.Model;
using FineWebTorch.Telemetry.Logs;
using FineWebTorch.Worker.Devices;
using FineWebTorch.Worker.Output;
using FineWebTorch.Worker.Preflight;
using FineWebTorch.Worker.Rpc;
using FineWebTorch.Worker.Storage;
using FineWebTorch.Worker.Telemetry;

namespace FineWebTorch.Worker.Commands;

/// <summary>What <c>worker check</c> was asked to look at.</summary>
internal sealed record CheckRequest
{
    public DeviceChoice Device { get; init; } = new();

    public string Model { get; init; } = "";

    /// <summary>Null for the one that a worker would find here or remembers.</summary>
    public CoordinatorAddresses? Coordinator { get; init; }

    /// <summary>Null where none was given.</summary>
    public JoinToken? Join { get; init; }

    public string Cache { get; init; } = ProgramFolders.Cache;

    /// <summary>How long the rate is measured; zero for not at all.</summary>
    public TimeSpan Lasting { get; init; }

    public bool Json { get; init; }
}

/// <summary><c>worker check</c>: whether a worker would do well on this machine.</summary>
internal static class CheckCommand
{
    private static IReadOnlyList<Setting<CheckRequest>> Settings { get; } =
    [
        .. CommonOptions.Device<CheckRequest>(
            request => request.Device, (request, device) => request with { Device = device }),
        CommonOptions.Model<CheckRequest>((request, model) => request with { Model = model }),
        new("--coordinator", "URL", "Where the coordinator listens [default: the one that 'worker' would join]",
            Default: null, (request, text) => request with { Coordinator = CoordinatorAddresses.Parse(text, encrypts: true) })
        {
            Group = OptionGroup.Workers,
        },
        new("--join", "TOKEN", "The token that the coordinator's key is known by, or @FILE; nobody joins",
            Default: null, (request, text) => request with { Join = JoinToken.ParseOption(text) })
        {
            Group = OptionGroup.Workers,
            IsSecret = true,
        },
        new("--cache", "DIR", "Folder for models, and for files while they are in use [default: ~/.cache/fineweb]",
            Default: null, (request, text) => request with { Cache = Path.GetFullPath(OptionText.NotEmpty(text)) })
        {
            Group = OptionGroup.Workers,
            Paths = PathKind.Folder,
        },
        new("--seconds", "N", "How long to measure the rate; 0 for not at all", "60",
            (request, text) => request with { Lasting = TimeSpan.FromSeconds(OptionText.Whole(text, 0, 3600)) })
        {
            Group = OptionGroup.Workers,
        },
        Setting.Flag<CheckRequest>("--json", "As one JSON object", request => request with { Json = true }) with
        {
            Group = OptionGroup.Output,
        },
    ];

    public static Command Create() =>
        new CommandTable<CheckRequest>(Settings, RunAsync)
        {
            Examples = ["worker check --gpu 0", "worker check --device cpu --model weights/edu-tiny --seconds 10"],
        }.Complete(new Command("check", "Look whether a worker would do well here: device, scores, rate, disk, clock, network"));

    private static async Task<int> RunAsync(CheckRequest request, CommandContext context, CancellationToken cancellation)
    {
        request.Device.Check();
        var reach = new ReachCheck(TimeProvider.System);
        using var log = WorkerLog.Open(new LogOptions(), quiet: true);
        using var hub = new HubConnection(log);
        List<Finding> findings =
        [
            Finding.Good("program", $"{ProgramVersion.Current}"),
            MachineCheck.Cores(Environment.ProcessorCount, NearCores.Allowed()),
            MachineCheck.Memory(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes),
            MachineCheck.Disk(request.Cache, DiskRoom.Of, folder => CacheFolder.Open(folder, TimeProvider.System).Dispose()),
            await CoordinatorAsync(request, reach, cancellation),
            .. await ReachCheck.HubAsync(hub.Access, cancellation),
            ClockCheck.Judge(reach.Clocks),
            .. await DeviceAsync(request, hub, cancellation),
        ];
        var list = new FindingList(findings);
        using var output = StandardOutput.Open();
        try
        {
            output.Write(request.Json ? list.ToJson() : list.ToText());
        }
        catch (OutputClosedException)
        {
            // Whoever read has seen enough.
        }

        return list.ExitCode;
    }

    private static async Task<Finding> CoordinatorAsync(
        CheckRequest request, ReachCheck reach, CancellationToken cancellation)
    {
        var running = CoordinatorNotice.Find(Environment.CurrentDirectory, CoordinatorNotice.UserFolder);
        var addresses = request.Coordinator is { } named
            ? named.KnownBy(request.Join?.Pin ?? PinOf(named))
            : running is [{ Reachable: not null } only]
                ? Destination.Of(only).Addresses
                : RememberedCoordinator.TryRead()?.Addresses;
        return addresses is null
            ? Finding.Skipped("coordinator", "none runs here and none was joined before; name one with --coordinator")
            : await reach.CoordinatorAsync(addresses, proxy: null, cancellation);
    }

    private static string? PinOf(CoordinatorAddresses named) =>
        RememberedCoordinator.TryRead()?.Addresses is { } remembered && named.Overlap(remembered) ? remembered.Pin : null;

    private static async Task<IReadOnlyList<Finding>> DeviceAsync(
        CheckRequest request, HubConnection hub, CancellationToken cancellation)
    {
        ComputeDevice device;
        try
        {
            device = request.Device.Resolve();
        }
        catch (NotSupportedException none)
        {
            return [Finding.Bad("device", none.Message, "'worker info' shows what there is")];
        }

        List<Finding> findings = [DeviceCheck.Name(device, NvmlLibrary.DriverVersion())];
        if (DeviceCheck.Memory(device) is { } memory)
            findings.Add(memory);
        try
        {
            var folder = (await hub.FindModelAsync(request.Model, ModelFolder.Check, cancellation)).Folder;
            using var model = EduClassifier.Load(folder, device, LocalScoring.FastestOf(device));
            findings.Add(DeviceCheck.Scores(model, folder));
            findings.Add(request.Lasting == TimeSpan.Zero
                ? Finding.Skipped("rate", "not measured: --seconds 0")
                : new RateCheck(TimeProvider.System, () => Environment.CpuUsage.TotalTime)
                    .Measure(model, request.Lasting, cancellation));
        }
        catch (Exception failure) when (failure is IOException or ModelFileException or DeviceFailedException or
            DeviceMemoryException)
        {
            findings.Add(Finding.Bad(
                "scores", ErrorLine.Describe(failure).Line, "a worker that meets this scores nothing; --model names another"));
        }

        return findings;
    }
}
