namespace FineWebTorch.Model.Networks.Cuda;

/// <summary>Where the functions of kernels.cu run.</summary>
internal unsafe interface IKernelLauncher : IDisposable
{
    /// <summary>Runs a function with one block of threads a row. May return before it has run.</summary>
    /// <param name="function">Its name in kernels.cu.</param>
    /// <param name="rows">At least one.</param>
    /// <param name="arguments">A pointer to each argument; read before this returns.</param>
    void Launch(string function, int rows, void** arguments);
}

/// <summary>The functions of kernels.cu on a GPU, for which they are compiled when this is made.</summary>
internal sealed unsafe class CudaModule : IKernelLauncher
{
    /// <summary>kThreads of kernels.cu.</summary>
    private const int Threads = 128;

    private readonly CudaStream _stream;
    private readonly Dictionary<string, nint> _functions = [];
    private nint _module;

    /// <param name="stream">Must outlive it.</param>
    /// <param name="compiler">Makes the binary code.</param>
    /// <exception cref="System.Runtime.InteropServices.ExternalException">They cannot be compiled here.</exception>
    public CudaModule(CudaStream stream, Nvrtc compiler)
    {
        _stream = stream;
        var image = compiler.Compile(Source, stream.Architecture);
        stream.Call(() => _module = stream.Driver.LoadModule(image));
    }

    /// <summary>The text of kernels.cu.</summary>
    public static string Source
    {
        get
        {
            using var reader = new StreamReader(typeof(CudaModule).Assembly.GetManifestResourceStream("kernels.cu")!);
            return reader.ReadToEnd();
        }
    }

    public void Launch(string function, int rows, void** arguments) => _stream.Call(() =>
    {
        if (!_functions.TryGetValue(function, out var found))
            _functions[function] = found = _stream.Driver.FunctionOf(_module, function);
        _stream.Driver.Launch(found, (uint)rows, Threads, arguments);
    });

    public void Dispose()
    {
        if (_module != 0)
            _stream.Call(() => _stream.Driver.Unload(_module));
        _module = 0;
    }
}
