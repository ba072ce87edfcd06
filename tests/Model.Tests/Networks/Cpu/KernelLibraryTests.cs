using System.Diagnostics;
using FineWebTorch.Model.Networks;
using FineWebTorch.Model.Networks.Cpu;

namespace FineWebTorch.Model.Tests.Networks.Cpu;

/// <summary>Where the kernels' library comes from, what is said when it does not, and what it needs.</summary>
public sealed class KernelLibraryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string File => Path.Combine(_folder.Path, KernelLibrary.FileName);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Find_NowhereInstalled_SaysHowToGetIt()
    {
        var library = KernelLibrary.Find([_folder.Path, Path.Combine(_folder.Path, "none")]);
        Assert.Equal(0, library.Handle);
        OneLine.Names(library.Problem!, KernelLibrary.FileName, "is not installed", "build/native", "C++ compiler");
    }

    [Fact]
    public void Find_FileThatIsNoLibrary_GivesTheLoadersWords()
    {
        System.IO.File.WriteAllText(File, "not a library");
        var library = KernelLibrary.Find([_folder.Path]);
        Assert.Equal(0, library.Handle);
        OneLine.Names(library.Problem!, File, "does not load: ");
        if (OperatingSystem.IsLinux())
            Assert.EndsWith("file too short", library.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_LibraryWithoutOurVersion_IsRefused()
    {
        const string Other = "/lib/x86_64-linux-gnu/libm.so.6";
        Assert.SkipUnless(System.IO.File.Exists(Other), "needs some other library");
        System.IO.File.Copy(Other, File);
        var library = KernelLibrary.Find([_folder.Path]);
        Assert.Equal(0, library.Handle);
        OneLine.Names(library.Problem!, File, "another version", "build/native");
    }

    [Fact]
    public void Find_SecondFolderHasItWhole_TakesThatOne()
    {
        SkipWithoutLibrary();
        System.IO.File.WriteAllText(File, "not a library");
        var library = KernelLibrary.Find([_folder.Path, AppContext.BaseDirectory]);
        Assert.NotEqual(0, library.Handle);
        Assert.Null(library.Problem);
    }

    [Fact]
    public void WhyNoneIsFast_CpuWithoutTheInstructions_NamesThem()
    {
        var library = new KernelLibrary(Handle: 1, Problem: null);
        OneLine.Names(CpuKernels.WhyNoneIsFastOf(library, _ => false)!, "this CPU", "AVX2", "AVX-512");
        Assert.Null(CpuKernels.WhyNoneIsFastOf(library, name => name == "avx2"));
    }

    [Fact]
    public void Resolve_AutoAndReference_SayWhyAndWarnOnlyOfWhatWasWanted()
    {
        var (auto, asked) = (ComputeDevice.Resolve("cpu"), Devices.Reference);
        Assert.Equal(CpuKernels.WhyNoneIsFast ?? "the fastest that this CPU runs", auto.KernelsReason);
        Assert.Equal(CpuKernels.WhyNoneIsFast is null, auto.Warnings.Count == 0);
        Assert.Equal("asked for", asked.KernelsReason);
        Assert.Empty(asked.Warnings);
    }

    /// <summary>A build goes on where nothing compiles C++.</summary>
    [Fact]
    public async Task BuildNative_WithoutCompiler_SaysWhatThatCostsAndSucceeds()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && System.IO.File.Exists("/usr/bin/dirname"), "runs a script of bash");
        System.IO.File.CreateSymbolicLink(Path.Combine(_folder.Path, "dirname"), "/usr/bin/dirname");
        var script = Path.Combine(TestData.RepositoryRoot, "build", "native");
        var start = new ProcessStartInfo("/bin/bash", [script]);
        start.Environment["PATH"] = _folder.Path;
        start.Environment.Remove("CXX");
        var output = await Executables.OutputOfAsync(start);
        OneLine.Names(output.TrimEnd(), "for want of CMake and a C++ compiler", "slower");
    }

    /// <summary>It is to run on machines without a compiler, and beside any libtorch with whatever it brings.</summary>
    [Fact]
    public async Task Library_OfLinux_NeedsTheSystemsOwnAloneAndExportsItsApiAlone()
    {
        SkipWithoutLibrary();
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads an ELF file");
        var file = Path.Combine(AppContext.BaseDirectory, KernelLibrary.FileName);
        // It comes with the compiler.
        var start = new ProcessStartInfo(Executables.Require("readelf"), ["--dynamic", "--dyn-syms", "--wide", file]);
        var lines = (await Executables.OutputOfAsync(start)).Split('\n');

        var needed = lines.Where(line => line.Contains("(NEEDED)", StringComparison.Ordinal))
            .Select(line => line.Split('[', ']')[1]).ToList();
        Assert.NotEmpty(needed);
        string[] system = ["libc.so", "libm.so", "libgcc_s.so", "ld-linux"];
        Assert.All(needed, name => Assert.Contains(system, start => name.StartsWith(start, StringComparison.Ordinal)));
        // A symbol's line: number, value, size, type, binding, visibility, section, name.
        var exported = lines.Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(cells => cells is [_, _, _, _, "GLOBAL" or "WEAK" or "UNIQUE", _, not "UND", _])
            .Select(cells => cells[7]).ToList();
        Assert.Contains("fineweb_attend", exported);
        Assert.All(exported, name => Assert.StartsWith("fineweb_", name, StringComparison.Ordinal));
    }

    private static void SkipWithoutLibrary() => Assert.SkipWhen(
        KernelLibrary.Current.Handle == 0, $"the kernels are not built: {KernelLibrary.Current.Problem}");
}
