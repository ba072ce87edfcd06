using System.Globalization;
using FineWebTorch.Common;
using FineWebTorch.Hub;
using FineWebTorch.Model;
using FineWebTorch.Protos.V1;
using FineWebTorch.Telemetry.Logs;
using FineWebTorch.Terminal;
using FineWebTorch.Worker.Devices;
using FineWebTorch.Worker.Documents;
using FineWebTorch.Worker.Pipeline;
using FineWebTorch.Worker.Progress;
using FineWebTorch.Worker.Rpc;
using FineWebTorch.Worker.Screen;
using FineWebTorch.Worker.Session;
using FineWebTorch.Worker.Shards;
using FineWebTorch.Worker.Spot;
using FineWebTorch.Worker.Storage;
using FineWebTorch.Worker.Telemetry;
using Microsoft.Extensions.Logging;

namespace FineWebTorch.Worker.Commands;

/// <summary>Puts the parts of a worker together and runs it.</summary>
internal static class RemoteScoring
{
    /// <param name="options">Of the command.</param>
    /// <param name="loaders">Makes the one for the device that the options name.</param>
    /// <param name="stop">Asks for an orderly end.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(
        WorkerOptions options, ModelLoaderFactory loaders, CommandContext context, CancellationToken stop)
    {
        using var input = options.EndWithInput ? StandardInputWatch.Start(stop) : null;
        using var line = context.Quiet || options.Device.AllGpus ? null : LiveLine.On(Console.Error, TimeProvider.System);
        // Workers on all GPUs are processes of their own, with a file each.
        var relay = new WarningRelay();
        using var program = WorkerLog.Open(
            options.Device.AllGpus ? new LogOptions() : options.Log, context.Quiet, context.Verbose, relay, line);
        var log = program.Logger(WorkerLog.Source);
        await using var notice = SpotNotice.Start(
            options.SpotNotice, SpotCloud.Address, text => log.Found(text), TimeProvider.System, input?.Token ?? stop);
        try
        {
            var exitCode = options.Device.AllGpus
                ? await OnAllGpusAsync(options, program, notice.Token)
                : await WorkAsync(options, loaders, program, relay, line, notice.Token);
            return exitCode == ExitCode.Success && notice.Token.IsCancellationRequested ? options.SignalExitCode : exitCode;
        }
        catch (Exception failure)
        {
            program.Say(LogLevel.Error, ErrorLine.Describe(failure).Line, exception: failure);
            throw;
        }
    }

    private static async Task<int> OnAllGpusAsync(WorkerOptions options, ProgramLog program, CancellationToken stop)
    {
        var log = program.Logger(WorkerLog.Source);
        options.Device.Check();
        return await new GpuWorkers(
            GpuWorkers.LiveAsync, text => log.Found(text), TimeProvider.System, Random.Shared.NextDouble)
            .RunAsync(VisibleGpus.Find(Environment.GetEnvironmentVariable("CUDA_VISIBLE_DEVICES")), stop);
    }

    private static async Task<int> WorkAsync(
        WorkerOptions options, ModelLoaderFactory loaders, ProgramLog program, WarningRelay relay,
        LiveLine? line, CancellationToken stopping)
    {
        var time = TimeProvider.System;
        var log = program.Logger(WorkerLog.Source);
        var device = options.Device.Resolve();
        var near = options.AllCores ? null : KeepNear(device, log);
        using var cache = CacheFolder.Open(options.Cache, time);
        var search = CoordinatorSearch.OfThisProcess(text => log.Found(text), time);
        if (await FindAsync(options, search, log, stopping) is not { } destination)
            return ExitCode.Success;
        using var channel = CoordinatorChannel.Open(destination.Addresses, options.Proxy);
        var client = new Coordination.CoordinationClient(channel);
        Func<double> random = Random.Shared.NextDouble;
        var calls = new CoordinatorCalls(client, time, random);
        var hashes = new FileHashes();
        var format = new ParquetFormat();
        using var storage = new HubStorage(OpenTransport(program.Logger("hub")), calls, time, random, log);
        using var inputs = new InputStore(cache.Inputs, cache.Orphans, calls, storage.Inputs, hashes);
        using var watchdog = new Watchdog(reason => EndHung(reason, program));
        watchdog.Start();
        using var sampler = new DeviceSampler(DeviceGauges.For(device, time), time);
        var (statistics, activity) = (new PipelineStatistics(), new WorkerActivity());
        if (line is not null)
            Show(line, new WorkerMeter(
                device.Kind == ComputeDeviceKind.Cpu ? "CPU" : "GPU", activity, statistics, sampler, time));
        await using var telemetry = await WorkerTelemetry.StartAsync(
            options.Metrics, options.MetricsToken, statistics, sampler);
        if (telemetry.Address is { } address)
            log.Found($"metrics at {address}metrics");
        var identity = Identify(device, destination.Passport);
        program.Identity.Worker = identity.Name;
        var services = new SessionServices(
            client, calls, identity, loaders(device, new InFlightMemory(cache.Devices)), format,
            inputs, new ModelStore(cache.Models, calls, hashes),
            new ShardBuilder(cache.Shards, format, calls, storage.Uploader),
            new PipelineOptions(options.Device.Threads ?? near ?? Environment.ProcessorCount), watchdog, time, random, log)
        {
            Passport = destination.Passport,
            Activity = activity,
            Names = program.Identity,
            Warnings = relay,
            Sampler = sampler,
            Statistics = statistics,
        };
        using var session = new WorkerAgent(
            new SessionOptions(destination.Addresses, options.GiveUpAfter, options.Stay)
            {
                Wait = options.Wait,
                IsOurs = () => destination.Found is null || search.IsThere(destination.Found),
            },
            services);
        var exitCode = await session.RunAsync(stopping);
        if (session.MustEndAtOnce)
            EndAtOnce(exitCode, inputs, cache, program);
        return exitCode;
    }

    /// <summary>Of a machine with several sockets, the cores of the one that the GPU is at.</summary>
    /// <returns>How many; null where all are as near.</returns>
    private static int? KeepNear(ComputeDevice device, ILogger log)
    {
        if (!OperatingSystem.IsLinux() || device is not { Kind: ComputeDeviceKind.Cuda, Uuid: { } uuid })
            return null;
        using var gauge = NvmlGauge.TryOpen(uuid, NvmlLibrary.FileNames);
        if (gauge?.PciAddress is not { } address || NearCores.Of(address, NearCores.Allowed()) is not { } cores ||
            !NearCores.Use(cores))
            return null;
        log.Found($"runs on cores {NearCores.Write(cores)}, which are next to {device} (--all-cores: on all)");
        return cores.Count;
    }

    /// <returns>Null where the worker was asked to end before there was one.</returns>
    private static async Task<Destination?> FindAsync(
        WorkerOptions options, CoordinatorSearch search, ILogger log, CancellationToken stop)
    {
        if (options.Coordinator is { } named)
            return Destination.Named(named, options.Join, search.Running, text => log.Found(text));
        if (RememberedCoordinator.TryRead() is { } remembered && search.Running.Count == 0)
        {
            log.Found($"joining {remembered.Coordinator} as before");
            return Destination.Of(remembered);
        }

        return await search.FindAsync(options.GiveUpAfter, options.Wait, stop) is { } notice
            ? Destination.Of(notice)
            : null;
    }

    private static void Show(LiveLine line, WorkerMeter meter) =>
        line.Line = cells => WorkerLine.Of(meter.Look(), cells, line.Glyphs);

    private static void EndAtOnce(int exitCode, params IDisposable[] files)
    {
        foreach (var owner in files)
            owner.Dispose();
        TerminationSignals.EndAtOnce(exitCode);
    }

    /// <summary>What is on the disk is left to the next worker here: it may be the disk that hangs.</summary>
    private static void EndHung(string reason, ProgramLog program)
    {
        // Standard error may hang as well.
        var telling = new Thread(() =>
        {
            program.Logger(WorkerLog.Source).Hangs(reason);
            program.Dispose();
        })
        { IsBackground = true };
        telling.Start();
        telling.Join(TimeSpan.FromSeconds(2));
        TerminationSignals.EndAtOnce(ExitCode.Failure);
    }

    private static HubTransport OpenTransport(ILogger log) => new(
        HubTransportOptions.From(HubEnvironment.Process) with { Logger = log, Program = ProgramVersion.Product });

    private static WorkerIdentity Identify(ComputeDevice device, Passport passport) => new(
        passport.WorkerId,
        string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}/{device}/{Environment.ProcessId}"),
        ProgramVersion.Current,
        device.Kind switch
        {
            ComputeDeviceKind.Cuda => "cuda",
            ComputeDeviceKind.Mps => "mps",
            _ => "cpu",
        },
        device.Name,
        [.. device.SupportedDtypes.Select(ProtoEnums.ToProto)],
        device.NumericClass);
}
