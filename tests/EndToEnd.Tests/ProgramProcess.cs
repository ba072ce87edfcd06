using System.Diagnostics;
using System.Reflection;
using System.Text;
using FineWebTorch.FaultyWorker;

namespace FineWebTorch.EndToEnd.Tests;

/// <summary>One of our programs, running as a process of its own.</summary>
internal sealed class ProgramProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    /// <summary>A shell that runs the tests in the background has SIGINT ignored by all their children.</summary>
    private static readonly string[] WithSignals = OperatingSystem.IsLinux() ? ["--default-signal=INT"] : [];

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();
    private readonly List<LineWait> _waits = [];

    private ProgramProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Take(_output, line.Data);
        process.ErrorDataReceived += (_, line) => Take(_errors, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public bool HasEnded => _process.HasExited;

    public string Output => Read(_output);

    public string Errors => Read(_errors);

    /// <param name="program"><c>worker</c>, <c>coordinator</c> or <c>faultyWorker</c>.</param>
    public static ProgramProcess Start(string program, params string[] arguments) =>
        StartIn(new Dictionary<string, string?>(), program, arguments);

    /// <param name="environment">Added to this process's; null takes a variable away.</param>
    public static ProgramProcess StartIn(
        IReadOnlyDictionary<string, string?> environment, string program, params string[] arguments) =>
        StartThrough([], environment, program, arguments);

    /// <inheritdoc cref="StartIn"/>
    /// <param name="launcher">A command that becomes the program, as <c>nsenter</c> does.</param>
    public static ProgramProcess StartThrough(
        string[] launcher, IReadOnlyDictionary<string, string?> environment, string program, params string[] arguments) =>
        StartProgram("env", [.. WithSignals, .. launcher, "dotnet", PathOf(program), .. arguments], environment);

    /// <summary>Starts a worker on a device that is not as it should be.</summary>
    public static ProgramProcess StartWorker(FaultyDevice device, params string[] arguments) => StartIn(
        new Dictionary<string, string?> { [FaultyDevice.Variable] = device.ToJson() }, "faultyWorker", arguments);

    /// <summary>Starts a program that is not ours.</summary>
    public static ProgramProcess StartPeer(string path, params string[] arguments) =>
        StartProgram(path, arguments, new Dictionary<string, string?>());

    /// <summary>Starts a program that is not ours and ends when its input does: with this process at the latest.</summary>
    public static ProgramProcess StartHolder(string path, params string[] arguments) =>
        StartProgram(path, arguments, new Dictionary<string, string?>(), keepsInput: true);

    /// <summary>
    /// Launches a program that sees an empty folder in place of some, as on another machine. Skips the test where the
    /// system does not let us make a mount namespace.
    /// </summary>
    public static string[] Without(string empty, IEnumerable<string> hidden)
    {
        using var attempt = Process.Start(
            new ProcessStartInfo("unshare", ["--mount", "mount", "--bind", empty, empty]) { RedirectStandardError = true })!;
        Executables.Demand(
            attempt.WaitForExit(Patience) && attempt.ExitCode == 0, "needs to be allowed 'unshare --mount', as root is");
        var mounts = string.Concat(hidden.Select(folder => $"mount --bind '{empty}' '{folder}' && "));
        return ["unshare", "--mount", "sh", "-c", mounts + "exec \"$@\"", "sh"];
    }

    /// <summary>Runs a program to its end.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(
        string program, params string[] arguments)
    {
        await using var running = Start(program, arguments);
        var exitCode = await running.ExitAsync();
        return (exitCode, running.Output, running.Errors);
    }

    public static string PathOf(string program) => Path.Combine(
        Metadata("Programs"), char.ToUpperInvariant(program[0]) + program[1..],
        Metadata("Configuration").ToLowerInvariant(), program + ".dll");

    private static ProgramProcess StartProgram(
        string command, string[] arguments, IReadOnlyDictionary<string, string?> environment, bool keepsInput = false)
    {
        var start = new ProcessStartInfo(command, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = TestData.RepositoryRoot,
        };
        start.Environment["FINEWEB_WORKER"] =
            Path.ChangeExtension(PathOf("worker"), OperatingSystem.IsWindows() ? "exe" : null);
        // What it gains is worth its while only in processes that live longer than those of tests.
        start.Environment["DOTNET_TieredPGO"] = "0";
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        var running = new ProgramProcess(Process.Start(start)!);
        if (!keepsInput)
            running._process.StandardInput.Close();
        return running;
    }

    /// <summary>Its end, and its exit code; a program that goes on fails the test.</summary>
    public async Task<int> ExitAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"the program did not end in {Patience}; its output:\n{Output}\n{Errors}");
        }

        return _process.ExitCode;
    }

    /// <summary>A line, on either stream, that holds a text; fails when the program ends without it.</summary>
    /// <param name="text">What it holds.</param>
    /// <param name="occurrence">Which of them: the first is 1.</param>
    public async Task<string> LineWithAsync(string text, int occurrence = 1)
    {
        var wait = new LineWait(text, occurrence);
        lock (_waits)
        {
            foreach (var line in (_output + "\n" + _errors).Split('\n'))
                wait.See(line);
            _waits.Add(wait);
        }

        try
        {
            await Task.WhenAny(wait.Seen, _process.WaitForExitAsync()).WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"the program did not say '{text}' in {Patience}; its output:\n{Output}\n{Errors}");
        }

        Assert.True(wait.Seen.IsCompleted, $"ended without '{text}':\n{Output}\n{Errors}");
        return await wait.Seen;
    }

    /// <summary>Of a coordinator: what a worker that is to join it is started with; its address comes last.</summary>
    public async Task<string[]> WorkerArgumentsAsync(int threads = 1)
    {
        const string Before = "--coordinator ";
        var line = await LineWithAsync(Before);
        var address = line[(line.IndexOf(Before, StringComparison.Ordinal) + Before.Length)..].Split(' ')[0];
        return ["--device", "cpu", "--threads", $"{threads}", "--coordinator", address];
    }

    public void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", $"{_process.Id}"]);
        Assert.True(kill.WaitForExit(Patience));
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync().WaitAsync(Patience);
        _process.Dispose();
        Secrets.DemandNone("a program's output", Output);
        Secrets.DemandNone("a program's log", Errors);
    }

    private static string Metadata(string key) => typeof(ProgramProcess).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;

    private void Take(StringBuilder into, string? line)
    {
        if (line is null)
            return;
        lock (_waits)
        {
            into.AppendLine(line);
            _waits.ForEach(wait => wait.See(line));
        }
    }

    private string Read(StringBuilder from)
    {
        lock (_waits)
            return from.ToString();
    }

    /// <summary>Waits for the n-th line that holds a text.</summary>
    private sealed class LineWait(string text, int occurrence)
    {
        private readonly TaskCompletionSource<string> _seen = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _left = occurrence;

        public Task<string> Seen => _seen.Task;

        public void See(string line)
        {
            if (line.Contains(text, StringComparison.Ordinal) && --_left == 0)
                _seen.SetResult(line);
        }
    }
}

/// <summary>Where a program runs.</summary>
/// <param name="Launcher">The command that it is started by, see <see cref="ProgramProcess.StartThrough"/>.</param>
/// <param name="Environment">Added to this process's.</param>
/// <param name="Root">Where its files are seen from here.</param>
internal sealed record ProgramPlace(
    string[] Launcher, IReadOnlyDictionary<string, string?> Environment, string Root = "")
{
    public static ProgramPlace Here { get; } = new([], new Dictionary<string, string?>());
}
