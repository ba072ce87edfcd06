using System.Runtime.InteropServices;
using TorchSharp.Interop;

namespace FineWebTorch.TorchSharp.Tests.StandIn;

public sealed class LibraryLoadingTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("fineweb-torch-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Load_FromTheFirstFolderThatHasIt_TakesThatOne()
    {
        var other = Directory.CreateDirectory(Path.Combine(_folder, "other")).FullName;
        File.WriteAllText(Path.Combine(other, TorchLibrary.Name), "");
        File.WriteAllText(Path.Combine(_folder, TorchLibrary.Name), "");
        string? opened = null;
        TorchLibrary.Load([null, "", "/nowhere", other, _folder], Open, _ => ("2.11.0", "2.11.0"));
        Assert.Equal(Path.Combine(other, TorchLibrary.Name), opened);

        nint Open(string path)
        {
            opened = path;
            return 1;
        }
    }

    [Fact]
    public void Load_WithoutTheFile_SaysInOneLineWhatToRun()
    {
        var error = Assert.Throws<DllNotFoundException>(() => Load(["/nowhere", _folder], "1", "1"));
        AssertOneLine(error.Message, TorchLibrary.Name, "/nowhere", _folder, "build/setup", "FINEWEB_NATIVE");
    }

    [Fact]
    public void Load_OfAFileThatIsNoLibrary_NamesItAndTheReason()
    {
        var path = Path.Combine(_folder, TorchLibrary.Name);
        File.WriteAllText(path, "not an ELF file, but long enough to be read as one: " + new string('x', 200));
        var error = Assert.Throws<DllNotFoundException>(
            () => TorchLibrary.Load([_folder], NativeLibrary.Load, _ => ("", "")));
        AssertOneLine(error.Message, path, "invalid ELF header", "build/setup");
    }

    [Fact]
    public void Load_WithItsLibtorchGone_NamesTheMissingLibrary()
    {
        File.WriteAllText(Path.Combine(_folder, TorchLibrary.Name), "");
        var error = Assert.Throws<DllNotFoundException>(() => TorchLibrary.Load([_folder], Open, _ => ("", "")));
        AssertOneLine(error.Message, "(libtorch_cpu.so.9: cannot open shared object file)", "build/setup");

        static nint Open(string path) => throw new DllNotFoundException(
            $"Unable to load shared library '{path}' or one of its dependencies. Advice follows:\n" +
            "libtorch_cpu.so.9: cannot open shared object file\n");
    }

    [Theory]
    [InlineData("1.13.0", "2.11.0")]
    [InlineData("2.11.0", "2.11.1")]
    [InlineData("2.11.0", "unknown")]
    public void Load_OnAnotherLibtorch_RefusesNamingBoth(string built, string running)
    {
        File.WriteAllText(Path.Combine(_folder, TorchLibrary.Name), "");
        var error = Assert.Throws<NotSupportedException>(() => Load([_folder], built, running));
        AssertOneLine(error.Message, $"built for libtorch {built}", $"found libtorch {running}", "build/setup");
    }

    [Theory]
    [InlineData("2.11.0", "2.11.0+cu130")]
    [InlineData("1.13.0a0+git1", "1.13.0")]
    public void Load_OnTheSameLibtorchInAnotherFlavour_Accepts(string built, string running)
    {
        File.WriteAllText(Path.Combine(_folder, TorchLibrary.Name), "");
        Assert.Equal(1, Load([_folder], built, running));
    }

    private static nint Load(string[] folders, string built, string running) =>
        TorchLibrary.Load(folders, _ => 1, _ => (built, running));

    private static void AssertOneLine(string message, params string[] parts)
    {
        Assert.DoesNotContain('\n', message);
        Assert.All(parts, part => Assert.Contains(part, message, StringComparison.Ordinal));
    }
}
