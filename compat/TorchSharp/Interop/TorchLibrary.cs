using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>Finds the native library, loads it and refuses a libtorch that it was not built for.</summary>
internal static unsafe class TorchLibrary
{
    public const string Name = "libfinewebtorch_torch.so";

    private static readonly Lazy<nint> Library = new(() => Load(
        [Environment.GetEnvironmentVariable("FINEWEB_NATIVE"), AppContext.BaseDirectory], NativeLibrary.Load,
        Versions));

    /// <summary>The library, loaded by the first call; a failure is the same for every later one.</summary>
    public static nint Loaded => Library.Value;

    /// <param name="folders">Where to look, in order.</param>
    /// <param name="load">Opens the file at a path.</param>
    /// <param name="versions">Reads which libtorch the library was built for and which one it runs on.</param>
    /// <exception cref="DllNotFoundException">It is in none of the folders, or cannot be loaded.</exception>
    /// <exception cref="NotSupportedException">It was built for another version of libtorch.</exception>
    internal static nint Load(
        IEnumerable<string?> folders, Func<string, nint> load, Func<nint, (string Built, string Running)> versions)
    {
        var searched = folders.OfType<string>().Where(folder => folder != "").ToArray();
        var path = searched.Select(folder => Path.Combine(folder, Name)).FirstOrDefault(File.Exists)
            ?? throw new DllNotFoundException(
                $"{Name} is not in {string.Join(" or ", searched)}: run build/setup, which builds it on libtorch, " +
                "or set FINEWEB_NATIVE to the folder that holds it.");
        var library = Open(path, load);
        var (built, running) = versions(library);
        return Numbers(built) == Numbers(running) ? library : throw new NotSupportedException(
            $"{path} was built for libtorch {built} but found libtorch {running}: run build/setup again " +
            "(build/setup --cuda for a CUDA libtorch), so that it is built for that one.");
    }

    private static nint Open(string path, Func<string, nint> load)
    {
        try
        {
            return load(path);
        }
        catch (Exception error) when (error is DllNotFoundException or BadImageFormatException)
        {
            throw new DllNotFoundException(
                $"{path} cannot be loaded ({Reason(path, error.Message)}): is libtorch as it was when this was " +
                "built? Run build/setup again.", error);
        }
    }

    // The loader's own sentence comes last, behind the runtime's advice.
    private static string Reason(string path, string message)
    {
        var last = message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Last();
        return last.StartsWith(path + ": ", StringComparison.Ordinal) ? last[(path.Length + 2)..] : last;
    }

    // 2.11.0+cu130 and 2.11.0 are one version: what follows the numbers names the flavour.
    private static string Numbers(string version) =>
        new([.. version.TakeWhile(c => char.IsAsciiDigit(c) || c == '.')]);

    // Called before any other function, since those may need symbols that the libtorch found does not have.
    private static (string Built, string Running) Versions(nint library)
    {
        var builtFor = (delegate* unmanaged<nint>)NativeLibrary.GetExport(library, "fwt_built_for");
        var configuration = (delegate* unmanaged<nint*, nint>)NativeLibrary.GetExport(library, "fwt_configuration");
        nint text = 0;
        var error = configuration(&text);
        var running = Marshal.PtrToStringUTF8(error == 0 ? text : error) ?? "";
        var free = (delegate* unmanaged<nint, void>)NativeLibrary.GetExport(library, "fwt_error_free");
        free(error == 0 ? text : error);
        return (Marshal.PtrToStringUTF8(builtFor()) ?? "", LibTorchConfiguration.Parse(running).Version);
    }
}
