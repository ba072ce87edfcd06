using System.Buffers.Binary;
using System.Diagnostics;

namespace FineWebTorch.EndToEnd.Tests.Faults;

/// <summary>The wall clock that a program sees, and that a test sets while it runs; see <c>wall_clock.c</c>.</summary>
internal sealed class WallClock
{
    private static readonly Lazy<Task<string>> Library = new(BuildAsync);
    private readonly string _offset;

    private WallClock(string library, string offset)
    {
        _offset = offset;
        Set(TimeSpan.Zero);
        Place = ProgramPlace.Here with
        {
            Environment = new Dictionary<string, string?> { ["LD_PRELOAD"] = library, ["WALL_CLOCK_OFFSET"] = offset },
        };
    }

    /// <summary>Of programs that look at this clock.</summary>
    public ProgramPlace Place { get; }

    /// <param name="offset">A file to be made.</param>
    public static async Task<WallClock> MakeAsync(string offset)
    {
        Executables.Demand(OperatingSystem.IsLinux(), "preloads a library, as Linux does");
        return new WallClock(await Library.Value, offset);
    }

    /// <summary>Sets it to so much more than the real time.</summary>
    public void Set(TimeSpan ahead)
    {
        var bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, (long)ahead.TotalSeconds);
        // In place: programs have the file in their memory.
        using var file = new FileStream(_offset, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite);
        file.Write(bytes);
    }

    private static async Task<string> BuildAsync()
    {
        var source = Path.Combine(TestData.RepositoryRoot, "tests", "EndToEnd.Tests", "Faults", "wall_clock.c");
        var library = Path.Combine(TestData.RepositoryRoot, "artifacts", "wall_clock.so");
        await Executables.OutputOfAsync(new ProcessStartInfo(
            Executables.Require("cc"),
            ["-std=c11", "-Wall", "-Werror", "-O2", "-shared", "-fPIC", "-o", library, source]));
        return library;
    }
}
