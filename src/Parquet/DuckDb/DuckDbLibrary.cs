using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FineWebTorch.Parquet.DuckDb;

/// <summary>Finds DuckDB's shared library and refuses one that was not tried.</summary>
internal static class DuckDbLibrary
{
    /// <summary>Names the file to load instead of the one beside the program.</summary>
    public const string PathVariable = "DUCKDB_LIBRARY";

    /// <summary>
    /// The C functions in use stand in the 1.5 header, one of them marked as going away, and the types that DuckDB
    /// reads and writes change between minor versions.
    /// </summary>
    private const string SupportedVersions = "v1.5.";

    private static readonly Lazy<string> LoadedVersion = new(CheckVersion);

    /// <summary>The version of the loaded library, say "v1.5.6".</summary>
    /// <exception cref="NotSupportedException">It cannot be loaded, or is of another version.</exception>
    public static string Version => LoadedVersion.Value;

    // Runs when this assembly is loaded, before any import is bound.
    [ModuleInitializer]
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Usage", "CA2255", Justification = "resolver for own imports")]
    internal static void Register()
        => NativeLibrary.SetDllImportResolver(typeof(DuckDbLibrary).Assembly, Resolve);

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath)
    {
        if (name != NativeMethods.Library)
            return 0;
        var path = Environment.GetEnvironmentVariable(PathVariable);
        return Load(string.IsNullOrEmpty(path) ? Path.Combine(AppContext.BaseDirectory, FileName()) : path);
    }

    /// <exception cref="NotSupportedException">There is no library at the path.</exception>
    internal static nint Load(string path)
    {
        if (!File.Exists(path))
        {
            throw new NotSupportedException(
                $"DuckDB's library is not at {path}; run build/setup, or set {PathVariable} to its path");
        }
        try
        {
            return NativeLibrary.Load(Path.GetFullPath(path));
        }
        catch (Exception exception) when (exception is DllNotFoundException or BadImageFormatException)
        {
            throw new NotSupportedException(
                $"DuckDB's library {path} cannot be loaded ({EngineErrors.OneLine(exception.Message)}); "
                + $"run build/setup, or set {PathVariable} to one for this system", exception);
        }
    }

    /// <exception cref="NotSupportedException">The version is not one that was tried.</exception>
    internal static void RequireSupported(string version)
    {
        if (!version.StartsWith(SupportedVersions, StringComparison.Ordinal))
        {
            throw new NotSupportedException(
                $"DuckDB's library is of version {version}, this program needs {SupportedVersions}x; "
                + $"run build/setup, or set {PathVariable} to such a one");
        }
    }

    private static string FileName() => OperatingSystem.IsWindows() ? "duckdb.dll"
        : OperatingSystem.IsMacOS() ? "libduckdb.dylib" : "libduckdb.so";

    private static unsafe string CheckVersion()
    {
        var version = Utf8.String(NativeMethods.LibraryVersion());
        RequireSupported(version);
        return version;
    }
}
